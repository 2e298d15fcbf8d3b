import type { DeskRefusalCode } from '../refusal.ts'
import type { Say } from './fact-reader.ts'

const scopeNames = {
  extract: 'wybrane rekordy jako pliki',
  put_back: 'powrót wybranych rekordów',
  crm: 'CRM',
  full: 'cały portal',
}
const minutes = { one: 'minuta', few: 'minuty', many: 'minut', other: 'minuty' }

/** What the desk says no to, in Polish; about people without the past tense that knows their gender. */
export const deskPl: Record<DeskRefusalCode, Say> = {
  capture_overdue: (f) => ({
    why: `Codzienna kopia miała powstać do ${f.instant('due')} i jej nie ma.`,
    whatWouldHelp: 'Wykonaj kopię portalu teraz i sprawdź, dlaczego poprzednia nie powstała.',
  }),
  capture_under_way: () => ({
    why: 'Punkt przywracania tego portalu właśnie powstaje.',
    whatWouldHelp: 'Poczekaj, aż będzie gotowy; być może wystarczy.',
  }),
  own_captures_reached: (f) => ({
    why: `W ciągu 24 godzin można utworzyć ręcznie ${f.count('maximum', { one: 'punkt', few: 'punkty', many: 'punktów', other: 'punktu' })} przywracania i ta liczba jest już wyczerpana.`,
    whatWouldHelp: `Następny będzie możliwy od ${f.instant('freeAt')}. Punkt codzienny powstanie sam.`,
  }),
  snapshot_gone: () => ({
    why: 'Ten punkt przywracania nie jest już przechowywany.',
    whatWouldHelp: 'Wybierz nowszy punkt. Pojedyncze rekordy mogą jeszcze być w koszu portalu.',
  }),
  snapshot_too_old: (f) => ({
    why: `Punkty przywracania przechowujemy przez ${f.count('retentionDays', { one: 'dzień', few: 'dni', many: 'dni', other: 'dnia' })}; czas tego punktu minął ${f.instant('diesAt')}.`,
    whatWouldHelp: 'Wybierz nowszy punkt. Pojedyncze rekordy mogą jeszcze być w koszu portalu.',
  }),
  snapshot_not_ready: () => ({
    why: 'Tego punktu nie można użyć: jeszcze powstaje albo jego kontrola się nie powiodła.',
    whatWouldHelp: 'Wybierz jeden z sąsiednich punktów.',
  }),
  hold_maximum_reached: (f) => ({
    why: `Punkt przywracania był zabezpieczony dla tego zgłoszenia najdłużej, jak można${f.has('until') ? ` – do ${f.instant('until')}` : ''}.`,
    whatWouldHelp: 'Wybierz nowszy punkt i obejrzyj jego podgląd strat.',
  }),
  hold_already_extended: () => ({
    why: 'Zabezpieczenie tego punktu już raz przedłużono, a można to zrobić tylko raz.',
    whatWouldHelp: 'Dokończ sprawę przed jego końcem albo wybierz nowszy punkt.',
  }),
  hold_limit_reached: (f) => ({
    why: `Dla zgłoszeń tego portalu zabezpieczono już ${f.count('openHolds', { one: 'punkt przywracania', few: 'punkty przywracania', many: 'punktów przywracania', other: 'punktu przywracania' })}; więcej nie można.`,
    whatWouldHelp: 'Najpierw zakończ lub anuluj jedno ze zgłoszeń tego portalu.',
  }),
  self_hosted: () => ({
    why: 'Ten portal działa na własnym serwerze, więc kopie wykonuje i przechowuje jego administrator. My nie mamy żadnej kopii.',
    whatWouldHelp: 'Poproś swojego administratora o odtworzenie kopii z serwera.',
  }),
  portal_suspended: () => ({
    why: 'Ten portal jest zawieszony, a zawieszonego portalu się nie zmienia.',
    whatWouldHelp: 'Po zdjęciu zawieszenia będzie można poprosić o przywrócenie.',
  }),
  portal_deleted: () => ({
    why: 'Ten portal został usunięty.',
    whatWouldHelp: 'W okresie karencji można go najpierw ponownie aktywować.',
  }),
  legal_hold: () => ({
    why: 'Dane tego portalu muszą z przyczyn prawnych pozostać bez zmian.',
    whatWouldHelp: 'Obsługa powie, kiedy to się skończy. Punkty przywracania w tym czasie nie wygasają.',
  }),
  scope_not_offered: (f) => ({
    why: 'Takiego sposobu przywracania tu nie ma.',
    whatWouldHelp: `Dostępne: ${f.list('offered', scopeNames)}.`,
  }),
  records_needed: () => ({
    why: 'Tu chodzi o pojedyncze rekordy, a żaden nie jest wybrany.',
    whatWouldHelp: 'Poszukaj ich w części „Znajdź mój rekord” i zaznacz potrzebne.',
  }),
  search_not_offered: () => ({
    why: 'Kopie tego portalu są przechowywane w sposób, który nie pozwala ich przeszukać.',
    whatWouldHelp: 'Wybierz punkt przywracania według czasu; porównanie pokaże, co by wróciło.',
  }),
  single_person_restore: () => ({
    why: 'Przywrócenie dotyczy danych całego portalu i wszystkich osób. Nie da się go zrobić dla jednej osoby.',
    whatWouldHelp:
      'Poszukaj rekordów tej osoby w części „Znajdź mój rekord”. Brakujące mogą wrócić bez ruszania reszty albo zostać wydane jako pliki.',
  }),
  not_owner: () => ({
    why: 'Może to zrobić tylko osoba będąca właścicielem portalu.',
    whatWouldHelp: 'Właściciel ma już wiadomość i może odpowiedzieć przez link z e-maila lub w aplikacji.',
  }),
  no_owner: () => ({
    why: 'Portal nie ma w tej chwili właściciela.',
    whatWouldHelp: 'Gdy sprawa własności się wyjaśni, zapytamy nowego właściciela.',
  }),
  typed_name_differs: (f) => ({
    why: 'Wpisana nazwa nie jest nazwą portalu.',
    whatWouldHelp: `Wpisz „${f.text('portalName')}”.`,
  }),
  step_up_needed: () => ({
    why: 'To wymaga drugiego potwierdzenia tożsamości.',
    whatWouldHelp: 'Wpisz kod z aplikacji uwierzytelniającej albo, jeśli to wystarcza, kod z wiadomości.',
  }),
  step_up_stale: (f) => ({
    why: `Ważność drugiego potwierdzenia (${f.count('freshMinutes', minutes)}) już minęła.`,
    whatWouldHelp: 'Wpisz nowy kod i spróbuj ponownie. Wpisany tekst zostaje.',
  }),
  mail_code_not_enough: () => ({
    why: 'Kod z e-maila nie wystarcza do przywrócenia całego portalu.',
    whatWouldHelp: 'Użyj aplikacji uwierzytelniającej albo klucza dostępu.',
  }),
  factor_too_new: (f) => ({
    why: f.has('until')
      ? `Ta aplikacja uwierzytelniająca jest w użyciu dopiero od ${f.instant('enrolledAt')}. Przy przywracaniu całego portalu liczy się od ${f.instant('until')}.`
      : 'Nie wiadomo, od kiedy ta aplikacja uwierzytelniająca jest w użyciu, więc przy przywracaniu całego portalu się nie liczy.',
    whatWouldHelp: f.has('until')
      ? 'Poczekaj do tego czasu. Jeśli to za późno, napisz do obsługi: dwie osoby mogą sprawdzić tożsamość w inny sposób.'
      : 'Napisz do obsługi: dwie osoby mogą sprawdzić tożsamość w inny sposób.',
  }),
  approver_factor_too_new: (f) => ({
    why: f.has('until')
      ? `Twoja aplikacja uwierzytelniająca jest w użyciu dopiero od ${f.instant('enrolledAt')}. Przy głosie w sprawie przywrócenia całego portalu liczy się od ${f.instant('until')}.`
      : 'Nie wiadomo, od kiedy Twoja aplikacja uwierzytelniająca jest w użyciu, więc przy głosie w sprawie przywrócenia całego portalu się nie liczy.',
    whatWouldHelp: 'Teraz może zdecydować inna osoba zatwierdzająca, której aplikacja jest w użyciu dłużej.',
  }),
  second_agent_needed: () => ({
    why: 'Zapisany dowód liczy się dopiero po potwierdzeniu przez drugą osobę z obsługi.',
    whatWouldHelp: 'Poproś kogoś innego niż autor zapisu o obejrzenie dowodu.',
  }),
  ticket_frozen: (f) => ({
    why: `Zgłoszenie jest zablokowane od ${f.instant('since')}, bo ktoś zgłosił „to nie ja”.`,
    whatWouldHelp: 'Administrator obsługi to wyjaśnia i może zdjąć blokadę.',
  }),
  preview_not_ready: (f) =>
    f.text('state') === 'failed'
      ? {
          why: 'Podglądu strat nie udało się policzyć, a bez niego nikt nie powinien się zgadzać.',
          whatWouldHelp: 'Policz go ponownie. Obsługa widzi, co się stało.',
        }
      : {
          why: 'Podgląd strat nie jest jeszcze gotowy, a bez niego nikt nie powinien się zgadzać.',
          whatWouldHelp: 'Poczekaj na podgląd.',
        },
  preview_refused: () => ({
    why: 'Podgląd wykazał, że tego przywrócenia nie da się wykonać.',
    whatWouldHelp: 'Podgląd podaje przyczynę. Inny punkt lub inny zakres może się udać.',
  }),
  preview_changed: () => ({
    why: 'Jest nowszy podgląd strat niż ten na ekranie.',
    whatWouldHelp: 'Obejrzyj nowy podgląd i zdecyduj ponownie.',
  }),
  preview_of_another: () => ({
    why: 'Ten podgląd strat dotyczy innego punktu albo innego rodzaju przywrócenia.',
    whatWouldHelp: 'Otwórz podgląd tego zgłoszenia.',
  }),
  consent_missing: () => ({
    why: 'Brakuje zgody właściciela na ten podgląd strat.',
    whatWouldHelp: 'Właściciel ogląda podgląd i wyraża zgodę.',
  }),
  consent_stale: (f) => ({
    why: `Strata obejmuje teraz dodatkowo ${f.count('uncountedRows', { one: 'wiersz', few: 'wiersze', many: 'wierszy', other: 'wiersza' })}, których nie było w podglądzie.`,
    whatWouldHelp: 'Właściciel ogląda nowy podgląd i decyduje ponownie.',
  }),
  plan_not_paid: (f) => ({
    why: `Przywracanie jest częścią płatnych planów; plan portalu to „${f.plan('plan')}”.`,
    whatWouldHelp: 'Zmień plan na płatny. Zgłoszenie ruszy dalej samo, gdy tylko płatność się potwierdzi.',
  }),
  plan_fact_outdated: () => ({ why: 'Jest już nowsza odpowiedź systemu płatności.', whatWouldHelp: null }),
  approver_is_requester: () => ({
    why: 'Osoba, która prosi o przywrócenie, nie może go zatwierdzić.',
    whatWouldHelp: 'Decyzję podejmie inna osoba zatwierdzająca.',
  }),
  approver_is_handler: () => ({
    why: 'Osoba obsługująca to zgłoszenie nie może go zatwierdzić.',
    whatWouldHelp: 'Decyzję podejmie osoba zatwierdzająca, która nie brała w nim udziału.',
  }),
  approver_is_owner: () => ({
    why: 'Właściciel portalu nie może zatwierdzić przywrócenia własnego portalu.',
    whatWouldHelp: 'Decyzję podejmie inna osoba zatwierdzająca.',
  }),
  handler_has_voted: () => ({
    why: 'Osoba, której głos już oddano w tym zgłoszeniu, nie może go zarazem obsługiwać.',
    whatWouldHelp: 'Zgłoszenie przejmie ktoś inny z obsługi.',
  }),
  handler_is_party: () => ({
    why: 'Osoba prosząca o przywrócenie lub będąca właścicielem portalu nie może obsługiwać tego zgłoszenia.',
    whatWouldHelp: 'Zgłoszenie przejmie ktoś inny z obsługi.',
  }),
  already_voted: () => ({
    why: 'Twój głos na ten podgląd jest już oddany.',
    whatWouldHelp: 'Drugie zatwierdzenie musi pochodzić od innej osoby.',
  }),
  approvals_missing: (f) => ({
    why: `Zatwierdzenia: ${f.number('counted')} z ${f.number('needed')}.`,
    whatWouldHelp: 'Decyzję podejmie kolejna osoba zatwierdzająca.',
  }),
  approval_unanswered: () => ({
    why: 'Nikt z obsługi nie mógł w porę zatwierdzić przywrócenia, a milczenie nigdy nie jest zgodą.',
    whatWouldHelp: 'Otwórz nowe zgłoszenie; obsługa o tym wie.',
  }),
  another_restore_live: (f) => ({
    why: `Trwa inne przywracanie tego portalu${f.has('number') ? ` (#${f.text('number')})` : ''}.`,
    whatWouldHelp: 'Gdy się zakończy lub zostanie anulowane, to będzie mogło ruszyć.',
  }),
  joined_live_ticket: (f) => ({
    why: `Dla tego portalu jest już zgłoszenie (#${f.text('number')}) i od teraz je obserwujesz.`,
    whatWouldHelp: 'Napisz tam, czego potrzebujesz.',
  }),
  safety_copy_missing: () => ({
    why: 'Nie ma sprawdzonej kopii bezpieczeństwa, a bez niej nic nie jest nadpisywane.',
    whatWouldHelp: 'Wykonaj kopię bezpieczeństwa ponownie.',
  }),
  too_late: (f) => ({
    why: `Czas na to minął ${f.instant('due')}.`,
    whatWouldHelp: 'Otwórz nowe zgłoszenie, dopóki punkt przywracania jest przechowywany.',
  }),
  too_early: (f) => ({ why: `Termin przypada dopiero ${f.instant('due')}.`, whatWouldHelp: null }),
  timer_outdated: () => ({ why: 'To przypomnienie jest już nieaktualne.', whatWouldHelp: null }),
  undo_window_over: (f) => ({
    why: f.has('until') ? `Cofnięcie było możliwe do ${f.instant('until')}.` : 'Nie ma czego cofnąć.',
    whatWouldHelp: 'Nowe zgłoszenie może wrócić do każdego przechowywanego punktu.',
  }),
  nothing_paused: () => ({
    why: 'Nie ma tu już nic wstrzymanego, o czym można by zdecydować.',
    whatWouldHelp: 'Odśwież stronę: napisze, co się z tym stało.',
  }),
  window_in_past: () => ({ why: 'Okno zaczyna się w przeszłości.', whatWouldHelp: 'Wybierz późniejszy czas albo „teraz”.' }),
  window_too_late: (f) => ({
    why: `Okno kończy się po ${f.instant('limit')}, gdy zgody albo punktu przywracania już nie będzie.`,
    whatWouldHelp: 'Wybierz wcześniejsze okno.',
  }),
  window_too_short: (f) => ({
    why: `Okno jest za krótkie; najkrótsze to ${f.count('minimumMinutes', minutes)}.`,
    whatWouldHelp: 'Wybierz późniejszy koniec.',
  }),
  time_does_not_exist: (f) => ({
    why: `Godzina ${f.text('wallClock')} nie istnieje w strefie ${f.text('timeZone')}: zegary są wtedy przesuwane do przodu.`,
    whatWouldHelp: 'Wybierz czas przed zmianą albo po niej.',
  }),
  time_is_ambiguous: (f) => ({
    why: `Godzina ${f.text('wallClock')} wypada w strefie ${f.text('timeZone')} dwa razy: zegary są wtedy cofane.`,
    whatWouldHelp: `Wybierz, która: ${f.list('offsets')}.`,
  }),
  not_allowed: () => ({
    why: 'Nie możesz tego zrobić w tym zgłoszeniu.',
    whatWouldHelp: 'Strona zgłoszenia pokazuje, co możesz zrobić.',
  }),
  not_found: () => ({ why: 'Nie ma tu czegoś takiego albo nie masz do tego dostępu.', whatWouldHelp: null }),
  not_now: () => ({
    why: 'Zgłoszenie poszło dalej i w jego obecnym stanie nie jest to możliwe.',
    whatWouldHelp: 'Strona pokazuje, co stało się ostatnio i co można teraz zrobić.',
  }),
  past_commit: () => ({ why: 'Przywrócenie już nastąpiło.', whatWouldHelp: 'Można je cofnąć ze strony zgłoszenia.' }),
  run_outdated: () => ({ why: 'To dotyczy przebiegu, który nie należy już do zgłoszenia.', whatWouldHelp: null }),
  version_conflict: () => ({
    why: 'W międzyczasie ktoś inny zmienił to zgłoszenie.',
    whatWouldHelp: 'Obejrzyj zmiany i zdecyduj ponownie. Wpisany tekst zostaje.',
  }),
  idempotency_key_reused: () => ({
    why: 'Tego klucza użyto już do innego żądania.',
    whatWouldHelp: 'Do nowego żądania użyj nowego klucza.',
  }),
  already_assigned: () => ({
    why: 'Ktoś z obsługi już zajmuje się tym zgłoszeniem.',
    whatWouldHelp: 'Najpierw trzeba je przypisać komu innemu albo oddać.',
  }),
  invalid_input: () => ({
    why: 'W danych czegoś brakuje albo coś jest inne, niż trzeba.',
    whatWouldHelp: 'Popraw zaznaczone pola. Wpisany tekst zostaje.',
  }),
  too_often: () => ({
    why: 'To pytanie padło wiele razy w ciągu kilku minut.',
    whatWouldHelp: 'Odczekaj kilka minut i spróbuj ponownie. Wpisany tekst zostaje.',
  }),
}
