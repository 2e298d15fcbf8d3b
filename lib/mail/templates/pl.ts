import { filesLine, type Templates, type Tools } from './words.ts'

const unproved =
  'Nie ma pewności, co portal teraz zawiera: najpierw obejrzy go obsługa. Kopia bezpieczeństwa sprzed próby jest zachowana.'
const paused = (actions: number | undefined, tools: Tools) =>
  actions === undefined || actions === 0
    ? []
    : [
        ...tools.count(() => `Wróciły wstrzymane, bo mogłyby coś wysłać: ${tools.rows(actions)}.`),
        'Nic z tego, co wróciło wstrzymane, nie wyjdzie, dopóki właściciel nie zwolni tego w zgłoszeniu.',
      ]
const ofPortal = (tools: Tools, name: string) => tools.portal(name, (it) => `portalu „${it}”`, 'Twojego portalu')

const wipedFiles = (files: boolean | undefined) =>
  files
    ? [
        'To, co zniknęło, jest zapisane w plikach. Właściciel portalu i osoba, która prosiła o przywrócenie, pobiorą je ze zgłoszenia.',
      ]
    : []

export const polish: Templates = {
  sign_in_link: (data, tools) => ({
    subject: 'Link do logowania',
    paragraphs: [
      `Aby się zalogować, otwórz stronę poniżej i naciśnij przycisk. Link działa raz, do ${tools.at(data.expiresAt)}.`,
      'Jeśli to nie Twoja prośba, zignoruj tę wiadomość: bez niej nikt się nie zaloguje.',
    ],
    button: 'Zaloguj się',
  }),
  step_up_code: (data, tools) => ({
    subject: 'Twój kod',
    paragraphs: [
      `Twój kod to ${tools.unsealed(data.sealed)}`,
      `Działa raz, w oknie, w którym padła prośba o niego, do ${tools.at(data.expiresAt)}. Nikt z obsługi nigdy o niego nie zapyta.`,
    ],
    button: null,
  }),
  second_step_enrolled: (data, tools) => ({
    subject: 'Do konta dodano drugi krok',
    paragraphs: [
      `Do konta dodano aplikację uwierzytelniającą: ${tools.at(data.at)}.`,
      'Jeśli to nie Ty, natychmiast odpowiedz na tę wiadomość i powiadom administratora.',
    ],
    button: 'Otwórz moje konto',
  }),
  owner_second_step_enrolled: (data, tools) => ({
    subject: 'Właściciel portalu ma nową aplikację uwierzytelniającą',
    paragraphs: [
      `Do konta właściciela ${ofPortal(tools, data.portalName)} dodano aplikację uwierzytelniającą: ${tools.at(data.at)}.`,
      'Piszemy do Ciebie, bo administrujesz tym portalem. Zapytaj właściciela, ale nie mailem, czy to jego aplikacja; jeśli tak, nic więcej nie trzeba robić.',
      'Jeśli nie, natychmiast odpowiedz na tę wiadomość: obsługa może wtedy zatrzymać przywracanie, na które nowa aplikacja by się zgodziła.',
    ],
    button: 'Otwórz zgłoszenia portalu',
  }),
  owner_asked: (data, tools) => ({
    subject: 'Przywracanie danych wymaga Twojej zgody',
    paragraphs: [
      `Wpłynęła prośba o przywrócenie danych ${ofPortal(tools, data.portalName)}. Zgodzić się może wyłącznie właściciel, czyli Ty.`,
      'Strona pokazuje, co wróci i co zostanie utracone. Nic się nie stanie przed jej przeczytaniem i podpisaniem.',
      ...tools.by(data.deadline, (at) => `Prośba wygasa ${at}.`),
      'Odpowiedź na tę wiadomość nie jest zgodą.',
    ],
    button: 'Przeczytaj i zdecyduj',
  }),
  owner_reminder: (data, tools) => ({
    subject: 'Przywracanie danych nadal czeka na Twoją zgodę',
    paragraphs: [
      `Przywrócenie danych ${ofPortal(tools, data.portalName)} nadal czeka na Ciebie.`,
      ...tools.by(data.deadline, (at) => `Bez odpowiedzi prośba wygasa ${at}.`),
      'Odpowiedź na tę wiadomość nie jest zgodą.',
    ],
    button: 'Przeczytaj i zdecyduj',
  }),
  owner_asked_again: (data, tools) => ({
    subject: 'Spójrz na przywracanie jeszcze raz',
    paragraphs: [
      `Skutek przywrócenia danych ${ofPortal(tools, data.portalName)} różni się od tego, na co była zgoda. Wcześniejsza zgoda jest nieważna, niczego nie przywrócono.`,
      ...tools.by(data.deadline, (at) => `Nowe liczby są na stronie. Prośba wygasa ${at}.`),
    ],
    button: 'Przeczytaj i zdecyduj',
  }),
  owner_changed: (data, tools) => ({
    subject: 'Portal ma nowego właściciela',
    paragraphs: [
      `Zmienił się właściciel ${ofPortal(tools, data.portalName)}. Wcześniejsza zgoda jest nieważna; na przywrócenie może się zgodzić tylko nowy właściciel.`,
    ],
    button: 'Otwórz zgłoszenie',
  }),
  consent_receipt: (data, tools) => ({
    subject: 'Potwierdzenie zgody',
    paragraphs: [
      `Przyjęto Twoją zgodę na przywrócenie danych ${ofPortal(tools, data.portalName)}: ${tools.at(data.givenAt)}.`,
      ...tools.count(() =>
        data.estimated === undefined
          ? `Zgoda dotyczy: wraca ${tools.rows(data.comesBack)}, znika ${tools.rows(data.wiped)} wprowadzonych później.`
          : `Zgoda dotyczy szacunku z próby: wraca co najmniej ${tools.rows(data.estimated.comesBackAtLeast)}, a najwyżej ${tools.rows(data.estimated.comesBackAtMost)}; z wprowadzonych później znika najwyżej ${tools.rows(data.estimated.wipedAtMost)}. Jeśli dokładne porównanie wykaże, że przepadłoby więcej, zapytamy ponownie.`,
      ),
      ...filesLine(
        data.portalFiles,
        tools,
        ({ back, lost, changed }) =>
          `Pliki portalu, które wracają: ${back}; dodane później, które znikają: ${lost}; wracające do wcześniejszego stanu: ${changed}.`,
      ),
      'Zgodę można wycofać aż do zatwierdzenia przywracania. Jeśli to nie Ty, otwórz zgłoszenie i naciśnij „To nie ja”.',
    ],
    button: 'Otwórz zgłoszenie',
  }),
  not_me_reported: (data, tools) => ({
    subject: 'Wstrzymane: „to nie ja”',
    paragraphs: [
      `Zgoda dotycząca ${ofPortal(tools, data.portalName)} została zakwestionowana. Zgłoszenie jest wstrzymane; nic nie zostanie przywrócone, dopóki obsługa tego nie wyjaśni.`,
    ],
    button: 'Otwórz zgłoszenie',
  }),
  plan_needed: (data, tools) => ({
    subject: 'Potrzebny jest płatny plan',
    paragraphs: [
      `Przywracanie danych ${ofPortal(tools, data.portalName)} wymaga płatnego planu. Strona pokazuje cenę i co obejmuje; kopia jest w tym czasie zabezpieczona.`,
      'Zgłoszenie ruszy dalej samo, gdy tylko płatność zostanie potwierdzona.',
      ...tools.by(data.deadline, (at) => `Czeka do ${at}.`),
    ],
    button: 'Zobacz plan',
  }),
  plan_paid: (data, tools) => ({
    subject: 'Płatność potwierdzona, zgłoszenie idzie dalej',
    paragraphs: [`Plan ${ofPortal(tools, data.portalName)} jest potwierdzony. Teraz przywracanie sprawdza obsługa.`],
    button: 'Otwórz zgłoszenie',
  }),
  approval_asked: (data, tools) => ({
    subject: 'Przywracanie czeka na zatwierdzenie',
    paragraphs: [
      `Jest zgoda właściciela ${ofPortal(tools, data.portalName)} na przywrócenie danych. Fakty, decyzje, dowody i podgląd strat są na jednej stronie.`,
      ...tools.by(data.deadline, (at) => `Bez decyzji prośba zostanie odrzucona ${at}.`),
    ],
    button: 'Sprawdź i zdecyduj',
  }),
  approval_escalated: (data, tools) => ({
    subject: 'Nadal nie ma decyzji',
    paragraphs: [
      `Przywrócenie danych ${ofPortal(tools, data.portalName)} nadal czeka na zatwierdzenie.`,
      ...tools.by(data.deadline, (at) => `Bez decyzji zostanie odrzucone ${at}.`),
    ],
    button: 'Sprawdź i zdecyduj',
  }),
  approved: (data, tools) => ({
    subject: 'Zatwierdzone',
    paragraphs: [
      data.startsAt
        ? `Przywrócenie danych ${ofPortal(tools, data.portalName)} jest zatwierdzone i zacznie się ${tools.at(data.startsAt)}.`
        : `Przywrócenie danych ${ofPortal(tools, data.portalName)} jest zatwierdzone i zaczyna się teraz.`,
      'Można je anulować, dopóki nie zostanie zapisane.',
    ],
    button: 'Otwórz zgłoszenie',
  }),
  rejected: (data, tools) => ({
    subject: 'Niezatwierdzone',
    paragraphs: [
      `Przywrócenie danych ${ofPortal(tools, data.portalName)} nie zostanie wykonane. Nic się nie zmieniło.`,
      ...tools.typed(data.reason, 'Powód:'),
    ],
    button: 'Otwórz zgłoszenie',
  }),
  reply_posted: (data, tools) => ({
    subject: 'Odpowiedź w zgłoszeniu',
    paragraphs: [`W zgłoszeniu ${ofPortal(tools, data.portalName)} jest nowa odpowiedź.`],
    button: 'Przeczytaj',
  }),
  hold_ending: (data, tools) => ({
    subject: 'Kopia wkrótce zniknie',
    paragraphs: [
      `Punktu przywracania ${ofPortal(tools, data.portalName)} nie można zatrzymać na długo.`,
      ...tools.by(data.endsAt, (at) => `Jest zabezpieczony do ${at}.`),
      'Potem zaproponujemy nowszy, z nowym podglądem i nową zgodą.',
    ],
    button: 'Otwórz zgłoszenie',
  }),
  restore_begins: (data, tools) => ({
    subject: 'Dane zostaną przywrócone',
    paragraphs: [
      data.startsAt
        ? `Przywracanie danych ${ofPortal(tools, data.portalName)} zacznie się ${tools.at(data.startsAt)}.`
        : `Przywracanie danych ${ofPortal(tools, data.portalName)} zaczyna się teraz.`,
      ...(data.pauseMs === null
        ? []
        : [`Zapisanie zmian może się opóźnić o około ${tools.seconds(data.pauseMs)}. Nikt nie zostanie wylogowany.`]),
      'To, co wpisano po punkcie przywracania, zniknie, a to, co od tego czasu zmieniono, wróci do poprzedniej wersji. Z nowymi wpisami poczekaj, aż przywracanie się skończy.',
      ...(data.withFiles
        ? [
            'Wrócą też pliki portalu (załączniki, zdjęcia). Zamknij te, które masz otwarte: co program jeszcze w nich zapisze, trafi do starego pliku.',
          ]
        : []),
    ],
    button: null,
  }),
  restored: (data, tools) => ({
    subject: 'Przywrócone',
    paragraphs: [
      `Przywracanie danych ${ofPortal(tools, data.portalName)} jest zakończone i sprawdzone.`,
      ...tools.count(() =>
        data.estimated === undefined
          ? `Wróciło: ${tools.rows(data.comesBack)}. Zniknęło z wprowadzonych później: ${tools.rows(data.wiped)}.`
          : 'Podgląd był szacunkiem z próby; dokładne liczby są w raporcie.',
      ),
      ...filesLine(
        data.portalFiles,
        tools,
        ({ back, lost, changed }) =>
          `Pliki portalu, które wróciły: ${back}; dodane później, które zniknęły: ${lost}; które wróciły do wcześniejszego stanu: ${changed}.`,
      ),
      'Czy o to chodziło?',
      ...tools.by(data.undoUntil, (at) => `Jeśli nie, można to cofnąć do ${at}.`),
      ...paused(data.paused, tools),
      ...wipedFiles(data.files),
    ],
    button: 'Zobacz raport',
  }),
  files_ready: (data, tools) => ({
    subject: 'Pliki są gotowe',
    paragraphs: [
      `Rekordy ${ofPortal(tools, data.portalName)}, o które proszono, są gotowe jako pliki. W portalu nic się nie zmieniło.`,
      ...tools.by(
        data.until,
        (at) => `Właściciel i osoba, która o nie prosiła, mogą je pobrać do ${at}; potem zostaną usunięte.`,
      ),
      'Trzeba się zalogować; plików nie wysyłamy pocztą.',
    ],
    button: 'Otwórz zgłoszenie',
  }),
  restore_failed: (data, tools) => ({
    subject: 'Przywracanie się nie powiodło',
    paragraphs: [
      data.unproved
        ? `Przywracanie danych ${ofPortal(tools, data.portalName)} nie zakończyło się prawidłowo. ${unproved}`
        : `Przywracanie danych ${ofPortal(tools, data.portalName)} się nie powiodło. Portal jest dokładnie taki jak przedtem.`,
      ...tools.typed(data.reason, 'Co się stało:'),
    ],
    button: 'Otwórz zgłoszenie',
  }),
  undone: (data, tools) => ({
    subject: 'Cofnięte',
    paragraphs: [
      `Przywrócenie danych ${ofPortal(tools, data.portalName)} zostało cofnięte: dane są takie jak przed nim.`,
      ...filesLine(
        data.portalFiles,
        tools,
        ({ back, lost, changed }) =>
          `Pliki portalu, które wróciły dzięki cofnięciu: ${back}; przywrócone lub późniejsze, które zniknęły: ${lost}; które wróciły do stanu sprzed przywrócenia: ${changed}.`,
      ),
      ...paused(data.paused, tools),
      ...wipedFiles(data.files),
    ],
    button: 'Zobacz raport',
  }),
  undo_failed: (data, tools) => ({
    subject: 'Cofnięcie się nie powiodło',
    paragraphs: [
      data.unproved
        ? `Cofnięcie przywrócenia danych ${ofPortal(tools, data.portalName)} nie zakończyło się prawidłowo. ${unproved}`
        : `Cofnięcie przywrócenia danych ${ofPortal(tools, data.portalName)} się nie powiodło. Portal jest taki jak po przywróceniu.`,
      ...tools.typed(data.reason, 'Co się stało:'),
    ],
    button: 'Otwórz zgłoszenie',
  }),
  paused_released: (data, tools) => ({
    subject: 'Zwolnione',
    paragraphs: [
      `To, co wróciło wstrzymane do ${ofPortal(tools, data.portalName)}, zostało zwolnione na prośbę właściciela.`,
      ...tools.count(() =>
        data.left === 0
          ? `Może znów wyjść: ${tools.rows(data.released)}.`
          : `Może znów wyjść: ${tools.rows(data.released)}. Zmienione lub usunięte od tego czasu i pozostawione bez zmian: ${tools.rows(data.left)}.`,
      ),
    ],
    button: 'Otwórz zgłoszenie',
  }),
  release_failed: (data, tools) => ({
    subject: 'Zwolnienie się nie powiodło',
    paragraphs: [
      data.unproved
        ? `Zwalnianie tego, co wróciło wstrzymane do ${ofPortal(tools, data.portalName)}, nie zakończyło się prawidłowo. Nie ma pewności, czy może to wyjść: najpierw obejrzy to obsługa.`
        : `Tego, co wróciło wstrzymane do ${ofPortal(tools, data.portalName)}, nie udało się zwolnić. Wszystko jest nadal wstrzymane i nic nie wyszło.`,
    ],
    button: 'Otwórz zgłoszenie',
  }),
  cancelled: (data, tools) => ({
    subject: 'Anulowane',
    paragraphs: [`Przywracanie danych ${ofPortal(tools, data.portalName)} zostało anulowane. Nic się nie zmieniło.`],
    button: 'Otwórz zgłoszenie',
  }),
  expired: (data, tools) => ({
    subject: 'Wygasło',
    paragraphs: [
      `Prośba o przywrócenie danych ${ofPortal(tools, data.portalName)} wygasła: zabrakło odpowiedzi na czas. Nic się nie zmieniło.`,
      'Dopóki istnieje punkt przywracania, prośbę można ponowić jednym kliknięciem.',
    ],
    button: 'Otwórz zgłoszenie',
  }),
  closed: (data, tools) => ({
    subject: 'Zamknięte',
    paragraphs: [`Zgłoszenie ${ofPortal(tools, data.portalName)} jest zamknięte.`],
    button: 'Otwórz zgłoszenie',
  }),
  mass_deletion: (data, tools) => ({
    subject: 'Usunięto wiele rekordów',
    paragraphs: [
      `Między ${tools.at(data.from)} a ${tools.at(data.until)} z ${ofPortal(tools, data.portalName)} usunięto znacznie więcej niż zwykle.`,
      ...tools.count(
        () => `Dotąd: ${tools.rows(data.deleted)}${data.mostly ? `, najwięcej: ${tools.plain(data.mostly.pl)}` : ''}.`,
      ),
      'Jeśli tak miało być, nie trzeba nic robić. Jeśli nie, nic jeszcze nie przepadło: punkty przywracania sprzed usunięcia są przechowywane, ale tylko przez kilka dni.',
      'Na stronie czeka propozycja ostatniego z nich. Samo sprawdzenie nic nie kosztuje i niczego nie zmienia.',
    ],
    button: 'Zobacz, co może wrócić',
  }),
  mass_deletion_at: (data, tools) => ({
    subject: 'Masowe usunięcie w portalu',
    paragraphs: [
      `Między ${tools.at(data.from)} a ${tools.at(data.until)} z ${ofPortal(tools, data.portalName)} usunięto znacznie więcej niż zwykle.`,
      ...tools.count(
        () => `Dotąd: ${tools.rows(data.deleted)}${data.mostly ? `, najwięcej: ${tools.plain(data.mostly.pl)}` : ''}.`,
      ),
      'Osoba, do której portal należy, dostała wiadomość z propozycją punktu przywracania sprzed usunięcia.',
    ],
    button: 'Otwórz panel',
  }),
  capture_missed: (data, tools) => ({
    subject: 'Brakuje dziennej kopii',
    paragraphs: [
      `Nie ma kopii ${ofPortal(tools, data.portalName)} z ostatniej doby.`,
      data.lastCaptureAt ? `Ostatnia powstała ${tools.at(data.lastCaptureAt)}.` : 'Dotąd nie powstała żadna.',
    ],
    button: 'Otwórz panel',
  }),
  break_glass: (data, tools) => ({
    subject: 'Przywracanie zaczęto bez Twojej zgody',
    paragraphs: [
      `Operator dostawcy ręcznie uruchomił przywracanie danych ${ofPortal(tools, data.portalName)}, nie czekając na zgodę. Zostanie to sprawdzone.`,
      ...tools.typed(data.reason, 'Podany powód:'),
    ],
    button: 'Otwórz panel',
  }),
}
