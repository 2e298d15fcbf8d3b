type Both = { en: string; pl: string }

/** Where a step is played: a page, or the page of the portal's newest ticket, which the story itself may have opened. */
export type StoryPlace =
  | { kind: 'page'; path: string }
  | { kind: 'newestTicket'; portal: string; page: 'customer' | 'consent' | 'upgrade' | 'desk' }

/** Who to be (by address), where, what to do, and what to look at. */
export type StoryStep = { person: string; place: StoryPlace; does: Both; look: Both }
export type Story = { key: string; title: Both; about: Both; steps: StoryStep[] }

const onPage = (path: string): StoryPlace => ({ kind: 'page', path })
const ticket = (portal: string, page: 'customer' | 'consent' | 'upgrade' | 'desk' = 'customer'): StoryPlace => ({
  kind: 'newestTicket',
  portal,
  page,
})

/** Stories to play in the demo, from beginning to end; one click makes you that person there. Nothing in them is simulated. */
export const stories: Story[] = [
  {
    key: 'lost-deals',
    title: { en: 'Deals lost on a free portal', pl: 'Deale utracone w darmowym portalu' },
    about: {
      en: 'Rui deleted fourteen open deals of Bolt Cargo Bikes yesterday evening, taking them for duplicates. Colleagues have entered new ones since. The plan is free.',
      pl: 'Wczoraj wieczorem z Bolt Cargo Bikes zniknęło czternaście otwartych deali, wziętych za duplikaty. Od tego czasu doszły nowe. Plan jest darmowy.',
    },
    steps: [
      {
        person: 'mia@boltcargo.example',
        place: onPage('/'),
        does: {
          en: 'Ask for a restore: choose “Only the CRM” and yesterday’s restore point, read what comes back and what is wiped, and send it.',
          pl: 'Poproś o przywrócenie: wybierz „Tylko CRM” i wczorajszy punkt, przeczytaj, co wróci, a co przepadnie, i wyślij.',
        },
        look: {
          en: 'The newer deals are named among the losses. Mia does not own the portal, so the ticket waits for the owner.',
          pl: 'Nowsze deale są na liście strat. Mia nie jest właścicielką portalu, więc zgłoszenie czeka na właścicielkę.',
        },
      },
      {
        person: 'ines@boltcargo.example',
        place: ticket('bolt', 'consent'),
        does: {
          en: 'Confirm it is you with the authenticator code (see People), type the portal’s name, and consent.',
          pl: 'Potwierdź tożsamość kodem z aplikacji (zob. Osoby), wpisz nazwę portalu i wyraź zgodę.',
        },
        look: { en: 'Consent is given to exactly this list of losses.', pl: 'Zgoda dotyczy dokładnie tej listy strat.' },
      },
      {
        person: 'ines@boltcargo.example',
        place: ticket('bolt', 'upgrade'),
        does: { en: 'Pay for the plan on the demo’s payment page.', pl: 'Opłać plan na stronie płatności demo.' },
        look: {
          en: 'The ticket moves on by itself as soon as the payment is confirmed.',
          pl: 'Po potwierdzeniu płatności zgłoszenie samo idzie dalej.',
        },
      },
      {
        person: 'viktor@halyard.example',
        place: ticket('bolt', 'desk'),
        does: {
          en: 'Read the facts on one page and approve the restore.',
          pl: 'Przeczytaj fakty na jednej stronie i zatwierdź przywrócenie.',
        },
        look: {
          en: 'The restore begins, with live progress and a safety copy first.',
          pl: 'Przywracanie rusza, postęp widać na żywo, a najpierw powstaje kopia bezpieczeństwa.',
        },
      },
      {
        person: 'mia@boltcargo.example',
        place: ticket('bolt'),
        does: { en: 'Look at the report: is this what you needed?', pl: 'Obejrzyj raport: czy o to chodziło?' },
        look: {
          en: 'The fourteen deals are back, the newer ones are gone, the intranet is untouched. Undo is offered for 72 hours.',
          pl: 'Czternaście deali wróciło, nowszych nie ma, intranet jest nietknięty. Przez 72 godziny można to cofnąć.',
        },
      },
    ],
  },
  {
    key: 'full-and-undo',
    title: { en: 'A full restore and its undo', pl: 'Pełne przywrócenie i jego cofnięcie' },
    about: {
      en: 'Fjord Outdoor, on trial, wants its whole portal as it was two nights ago, and then changes its mind.',
      pl: 'Fjord Outdoor, w okresie próbnym, chce całego portalu sprzed dwóch nocy, a potem zmienia zdanie.',
    },
    steps: [
      {
        person: 'solveig@fjordoutdoor.example',
        place: onPage('/'),
        does: {
          en: 'Ask for a restore of the whole portal to the restore point before last.',
          pl: 'Poproś o przywrócenie całego portalu do przedostatniego punktu.',
        },
        look: {
          en: 'Intranet and CRM are both in the preview; all six users are named as affected.',
          pl: 'W podglądzie są intranet i CRM; zmiana obejmie wszystkich sześciu użytkowników.',
        },
      },
      {
        person: 'solveig@fjordoutdoor.example',
        place: ticket('fjord', 'consent'),
        does: {
          en: 'Consent with the authenticator’s code: a code by mail is not enough for the whole portal.',
          pl: 'Wyraź zgodę kodem z aplikacji: przy całym portalu kod z wiadomości nie wystarcza.',
        },
        look: {
          en: 'Everybody of the portal is told before it begins.',
          pl: 'Zanim ruszy, wszyscy w portalu dostają wiadomość.',
        },
      },
      {
        person: 'chidi@halyard.example',
        place: ticket('fjord', 'desk'),
        does: { en: 'Approve the restore and watch the run.', pl: 'Zatwierdź przywrócenie i obserwuj przebieg.' },
        look: {
          en: 'Rehearsal, safety copy, verification, commit: each step as it happens.',
          pl: 'Próba, kopia bezpieczeństwa, weryfikacja, zapisanie zmian: każdy krok na bieżąco.',
        },
      },
      {
        person: 'solveig@fjordoutdoor.example',
        place: ticket('fjord'),
        does: { en: 'Undo the restore.', pl: 'Cofnij przywrócenie.' },
        look: {
          en: 'The undo has a preview of its own; afterwards the portal is as it was before.',
          pl: 'Cofnięcie ma własny podgląd; po nim portal jest taki jak wcześniej.',
        },
      },
    ],
  },
  {
    key: 'approver-says-no',
    title: { en: 'An approver says no', pl: 'Osoba zatwierdzająca mówi „nie”' },
    about: {
      en: 'Heron & Finch have agreed to a restore that would cost them more than it brings. The desk has the last word.',
      pl: 'W Heron & Finch jest zgoda na przywrócenie, które kosztuje więcej, niż przynosi. Ostatnie słowo należy do obsługi.',
    },
    steps: [
      {
        person: 'viktor@halyard.example',
        place: ticket('heron', 'desk'),
        does: {
          en: 'Read preview, conversation and decisions, then reject the restore and say why.',
          pl: 'Przeczytaj podgląd, rozmowę i decyzje, po czym odrzuć przywrócenie i podaj powód.',
        },
        look: {
          en: 'The reason reaches the owner exactly as written; the restore point is no longer held.',
          pl: 'Powód trafia do właścicielki; punkt przywracania przestaje być zabezpieczony.',
        },
      },
      {
        person: 'maeve@heronfinch.example',
        place: ticket('heron'),
        does: { en: 'Read the answer as the owner.', pl: 'Przeczytaj odpowiedź jako właścicielka.' },
        look: {
          en: 'Nothing has happened to the portal, and the page says so.',
          pl: 'W portalu nic się nie zmieniło i strona o tym mówi.',
        },
      },
    ],
  },
  {
    key: 'owner-has-left',
    title: { en: 'The owner has left', pl: 'Właścicielka odeszła z firmy' },
    about: {
      en: 'At Grota a ticket waits for Halina Wróbel, who left the company and no longer reads its mail.',
      pl: 'W Grocie zgłoszenie czeka na Halinę Wróbel, której nie ma już w firmie i która nie czyta tej poczty.',
    },
    steps: [
      {
        person: 'lucja@grota.example',
        place: ticket('grota'),
        does: { en: 'Look at the ticket as the person who asked.', pl: 'Obejrzyj zgłoszenie jako osoba, która o nie prosi.' },
        look: {
          en: 'It says whose turn it is and until when; nobody else can consent.',
          pl: 'Widać, czyja kolej i do kiedy; nikt inny nie może wyrazić zgody.',
        },
      },
      {
        person: 'tomasz@halyard.example',
        place: ticket('grota', 'desk'),
        does: {
          en: 'Record another proof of ownership, with its evidence.',
          pl: 'Zapisz inny dowód własności wraz z dokumentami.',
        },
        look: { en: 'One agent is not enough.', pl: 'Jedna osoba z obsługi nie wystarcza.' },
      },
      {
        person: 'nadia@halyard.example',
        place: ticket('grota', 'desk'),
        does: {
          en: 'Confirm the proof as a second agent, or reject the ticket.',
          pl: 'Potwierdź dowód jako druga osoba albo odrzuć zgłoszenie.',
        },
        look: {
          en: 'Both names stand in the log, whose chain anybody can check.',
          pl: 'Oba nazwiska są w dzienniku, którego łańcuch każdy może sprawdzić.',
        },
      },
    ],
  },
  {
    key: 'mass-deletion',
    title: { en: 'A mass deletion', pl: 'Masowe usunięcie' },
    about: {
      en: 'Two days ago more than four hundred deals of Corax vanished within an hour. The desk noticed within minutes and told the owner; nobody has done anything yet.',
      pl: 'Dwa dni temu z Coraksa w godzinę zniknęło ponad czterysta deali. Obsługa zauważyła to po kilku minutach i zawiadomiła właścicielkę; nikt jeszcze nic nie zrobił.',
    },
    steps: [
      {
        person: 'nadia@halyard.example',
        place: onPage('/desk'),
        does: { en: 'Read the alert above the queue.', pl: 'Przeczytaj ostrzeżenie nad kolejką.' },
        look: {
          en: 'It was raised minutes after the deletion began, and once: later looks only brought its count up to date.',
          pl: 'Powstało kilka minut po początku usuwania i tylko raz: później rosła już tylko liczba.',
        },
      },
      {
        person: 'm.lapinska@corax.example',
        place: onPage('/'),
        does: {
          en: 'Follow the notice about the deletion, compare, and open the ticket.',
          pl: 'Przejdź z powiadomienia o usunięciu dalej, porównaj i otwórz zgłoszenie.',
        },
        look: {
          en: 'The timeline shows the cliff; the last point before it, the scope and the words are proposed. The preview counts what comes back, with its worth.',
          pl: 'Na osi widać uskok; ostatni punkt sprzed niego, zakres i opis są już zaproponowane. Podgląd liczy, co wróci i ile jest warte.',
        },
      },
      {
        person: 'k.zielinska@corax.example',
        place: ticket('corax', 'consent'),
        does: {
          en: 'Consent as the owner, who is in Lisbon today.',
          pl: 'Wyraź zgodę jako właścicielka, która jest dziś w Lizbonie.',
        },
        look: { en: 'Times are shown in her zone, with the offset.', pl: 'Godziny są w jej strefie, z podanym przesunięciem.' },
      },
      {
        person: 'marta@halyard.example',
        place: ticket('corax', 'desk'),
        does: { en: 'Approve the restore.', pl: 'Zatwierdź przywrócenie.' },
        look: {
          en: 'Hundreds of deals come back in seconds; whoever reads in the portal meanwhile notices nothing.',
          pl: 'Setki deali wracają w kilka sekund; kto w tym czasie czyta w portalu, niczego nie zauważy.',
        },
      },
    ],
  },
]
