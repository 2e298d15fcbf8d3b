/** How a ticket ended. Each is a way through the machine; `way-through.ts` has the events. */
export type Ending = 'confirmed' | 'windowEnded' | 'undone' | 'refusedByApprover' | 'refusedByDesk' | 'cancelled' | 'expired'

/** `owner`, `requester`, or the key of somebody at the desk; a note is seen by the desk alone. */
export type Said = { afterHours: number; by: string; says: string; note?: true }

export type PastTicket = {
  portal: string
  scope: 'crm' | 'full'
  subject: string
  /** `{mishapDay}` becomes the weekday on which it went wrong, here as in all that is said. */
  reason: string
  /** Mailbox of the person who asked. */
  requester: string
  agent: string
  approvers: string[]
  daysAgo: number
  /** Hour of the portal's own day at which it was opened. */
  hour: number
  ending: Ending
  /** When the owner consented; two and a half hours after the opening where absent. An expired ticket without it never was consented to. */
  consentAfterHours?: number
  /** Why it was refused or withdrawn, where it was. */
  because?: string
  /** By table: rows that were missing, newer and changed. */
  difference: [table: string, missing: number, newer: number, changed: number][]
  talk: Said[]
}

/** Finished tickets of the last weeks, the newest first. */
export const pastTickets: PastTicket[] = [
  {
    portal: 'acme',
    scope: 'crm',
    requester: 'owen',
    agent: 'nadia',
    approvers: ['viktor'],
    daysAgo: 12,
    hour: 10,
    ending: 'confirmed',
    consentAfterHours: 3,
    subject: 'Import overwrote prices on 600 deals',
    reason:
      'I imported the spring price file twice, and the second time the column was shifted by one. Every open deal has the wrong amount now.',
    difference: [['crm.deals', 0, 9, 612]],
    talk: [
      {
        afterHours: 1,
        by: 'nadia',
        says: 'Thank you, Owen. The preview shows 612 changed deals and 9 that were entered since the import. Margaret has to agree; those 9 would have to be typed in again.',
      },
      { afterHours: 3, by: 'owner', says: 'Agreed. Owen has the nine on paper.' },
      { afterHours: 7, by: 'requester', says: 'All amounts are right again. Thank you for being so quick.' },
    ],
  },
  {
    portal: 'corax',
    scope: 'crm',
    requester: 'm.lapinska',
    agent: 'tomasz',
    approvers: ['marta'],
    daysAgo: 13,
    hour: 9,
    ending: 'windowEnded',
    consentAfterHours: 2,
    subject: 'Zniknęły kontakty z targów',
    reason:
      'Po łączeniu duplikatów brakuje około 180 kontaktów z targów w Poznaniu. Łączenie poszło po nazwisku, a nie po adresie.',
    difference: [['crm.contacts', 183, 4, 0]],
    talk: [
      {
        afterHours: 1,
        by: 'tomasz',
        says: 'Dzień dobry, w punkcie z ostatniej nocy te kontakty są: 183 wrócą, 4 nowsze znikną. Podgląd czeka na zgodę pani prezes.',
      },
      { afterHours: 2, by: 'owner', says: 'Zgoda. Cztery nowe wpiszemy ponownie.' },
      { afterHours: 6, by: 'tomasz', says: 'Gotowe. Cofnąć można jeszcze przez 72 godziny.' },
    ],
  },
  {
    portal: 'juno',
    scope: 'full',
    requester: 'ravi',
    agent: 'erin',
    approvers: ['chidi'],
    daysAgo: 14,
    hour: 15,
    ending: 'undone',
    consentAfterHours: 2,
    subject: 'Back to before the new workflow',
    reason:
      'The consultant’s automation re-assigned every task and project {mishapDay} before lunch. We would rather have the whole portal as it was the night before.',
    difference: [
      ['intranet.tasks', 0, 14, 220],
      ['intranet.projects', 0, 1, 9],
      ['crm.activities', 0, 21, 0],
      ['crm.deals', 0, 3, 2],
    ],
    talk: [
      {
        afterHours: 1,
        by: 'erin',
        says: 'The whole portal would go back, for all sixteen users. The preview lists what was entered today, most of it by Kieran.',
      },
      { afterHours: 2, by: 'owner', says: 'We accept that.' },
      {
        afterHours: 20,
        by: 'owner',
        says: 'It turns out that Kieran closed two big deals {mishapDay}, hours before the restore, and has nothing in writing. Can we go forward again?',
      },
      {
        afterHours: 21,
        by: 'erin',
        says: 'Yes: “Undo restore” on this page brings back exactly what was wiped. You will see what that costs before you agree.',
      },
      { afterHours: 24, by: 'owner', says: 'Everything is back. We shall sort out the tasks by hand.' },
    ],
  },
  {
    portal: 'heron',
    scope: 'crm',
    requester: 'rafael',
    agent: 'nadia',
    approvers: ['marta'],
    daysAgo: 15,
    hour: 11,
    ending: 'refusedByApprover',
    because:
      'The restore point is from before the tender that was entered {mishapDay}. 31 quotes of the whole studio would go to bring back two contacts.',
    consentAfterHours: 4,
    subject: 'Two contacts deleted',
    reason: 'I deleted two contacts at the county council by mistake and cannot remember their numbers.',
    difference: [
      ['crm.quote_lines', 0, 74, 0],
      ['crm.quotes', 0, 31, 0],
      ['crm.deals', 0, 12, 4],
      ['crm.contacts', 2, 6, 0],
    ],
    talk: [
      {
        afterHours: 2,
        by: 'nadia',
        says: 'A restore of the CRM would wipe 31 quotes entered since. For two contacts that is a high price, but the decision is the owner’s.',
      },
      { afterHours: 5, by: 'owner', says: 'I agreed before I read the list to its end, I am afraid.' },
      {
        afterHours: 6,
        by: 'nadia',
        says: 'The two records, read from the restore point by hand, are in the attached note to the owner.',
        note: true,
      },
    ],
  },
  {
    portal: 'kite',
    scope: 'crm',
    requester: 'leonard',
    agent: 'erin',
    approvers: ['viktor'],
    daysAgo: 16,
    hour: 17,
    ending: 'confirmed',
    consentAfterHours: 2.2,
    subject: 'Camp bookings of July gone',
    reason: 'Somebody used “delete all” on the filtered list, and the filter was off.',
    difference: [
      ['crm.activities', 310, 0, 0],
      ['crm.deals', 94, 0, 0],
    ],
    talk: [
      { afterHours: 1, by: 'requester', says: 'It was me. Sorry.' },
      { afterHours: 2, by: 'erin', says: 'It happens to everybody once. 94 deals come back, nothing newer is lost.' },
      { afterHours: 5, by: 'owner', says: 'Perfect, all camps are there.' },
    ],
  },
  {
    portal: 'grota',
    scope: 'crm',
    requester: 'szymon',
    agent: 'tomasz',
    approvers: ['marta'],
    daysAgo: 17,
    hour: 12,
    ending: 'cancelled',
    because: 'Znalazło się w koszu.',
    subject: 'Skasowana karta win dla hotelu',
    reason: 'Nie ma deala „Karta win – centrala” ani trzech ofert do niej.',
    difference: [
      ['crm.deals', 1, 5, 0],
      ['crm.quotes', 3, 2, 0],
    ],
    talk: [
      { afterHours: 1, by: 'tomasz', says: 'Zanim ruszymy całe CRM: proszę zajrzeć do kosza, skasowane deale leżą tam 30 dni.' },
      { afterHours: 2, by: 'requester', says: 'Jest! Dziękuję, zgłoszenie wycofuję.' },
    ],
  },
  {
    portal: 'acme',
    scope: 'full',
    requester: 'desmond',
    agent: 'nadia',
    approvers: ['viktor', 'chidi'],
    daysAgo: 18,
    hour: 8,
    ending: 'windowEnded',
    consentAfterHours: 2.5,
    subject: 'Whole portal back to before the merge',
    reason:
      'The department merge went wrong {mishapDay}: 140 people, wrong teams, wrong rights, wrong calendars. IT would like the night before it back, before the day begins.',
    difference: [
      ['intranet.calendar_events', 0, 181, 0],
      ['intranet.employees', 0, 0, 140],
      ['intranet.tasks', 0, 31, 46],
    ],
    talk: [
      { afterHours: 1, by: 'nadia', says: 'With 140 users this needs two approvers. Both have been asked.' },
      { afterHours: 1.5, by: 'viktor', says: 'I see 212 rows entered since, nearly all by the merge itself.', note: true },
      { afterHours: 5, by: 'requester', says: 'Teams and calendars are as they were. We shall try the merge on a copy first.' },
    ],
  },
  {
    portal: 'iris',
    scope: 'crm',
    requester: 'zaneta',
    agent: 'tomasz',
    approvers: ['marta'],
    daysAgo: 19,
    hour: 14,
    ending: 'expired',
    subject: 'Zlecenia na wesela',
    reason: 'Zniknęły trzy zlecenia na dekoracje. Chyba przy porządkach.',
    difference: [['crm.deals', 3, 2, 0]],
    talk: [
      { afterHours: 2, by: 'tomasz', says: 'Punkt przywracania jest zabezpieczony. Bez zgody pani Weroniki nie ruszymy dalej.' },
      { afterHours: 50, by: 'tomasz', says: 'Przypominam: jutro zgłoszenie wygaśnie, jeśli nie będzie zgody.' },
    ],
  },
  {
    portal: 'fjord',
    scope: 'crm',
    requester: 'ingrid',
    agent: 'erin',
    approvers: ['chidi'],
    daysAgo: 20,
    hour: 10,
    ending: 'confirmed',
    consentAfterHours: 2,
    subject: 'Guided weekends missing',
    reason: 'While trying out the import, I replaced instead of added.',
    difference: [
      ['crm.activities', 84, 0, 0],
      ['crm.deals', 38, 0, 0],
    ],
    talk: [
      { afterHours: 1, by: 'erin', says: 'Trial portals may restore too. 38 deals come back; nothing is lost.' },
      { afterHours: 4, by: 'requester', says: 'Wonderful, thank you!' },
    ],
  },
  {
    portal: 'ember',
    scope: 'crm',
    requester: 'noel',
    agent: 'nadia',
    approvers: ['viktor'],
    daysAgo: 22,
    hour: 9,
    ending: 'refusedByDesk',
    because:
      'The account is in dispute; please settle it with accounts@halyard.example first. The restore point is not needed for that.',
    subject: 'Need last week’s orders',
    reason: 'Orders of last week are missing since the account was locked for a day.',
    difference: [['crm.deals', 0, 12, 3]],
    talk: [
      {
        afterHours: 3,
        by: 'nadia',
        says: 'The account is suspended over a bill, and a suspended portal is not changed. I have written to Callum about it.',
      },
    ],
  },
  {
    portal: 'corax',
    scope: 'crm',
    requester: 'b.cwik',
    agent: 'tomasz',
    approvers: ['marta'],
    daysAgo: 23,
    hour: 16,
    ending: 'undone',
    consentAfterHours: 3,
    subject: 'Powrót do stanu sprzed importu cennika',
    reason: 'Import cennika podmienił produkty w otwartych ofertach. Proszę o stan z nocy.',
    difference: [['crm.quote_lines', 0, 17, 240]],
    talk: [
      { afterHours: 1, by: 'tomasz', says: 'Wróci 240 pozycji ofert, przepadnie 17 nowszych. Pełna lista jest w podglądzie.' },
      { afterHours: 3, by: 'owner', says: 'Zgadzam się.' },
      {
        afterHours: 22,
        by: 'owner',
        says: 'Wśród tych siedemnastu była oferta, która właśnie wygrała przetarg. Proszę o cofnięcie.',
      },
      { afterHours: 25, by: 'requester', says: 'Oferta jest z powrotem, ceny poprawiamy ręcznie.' },
    ],
  },
  {
    portal: 'heron',
    scope: 'crm',
    requester: 'niamh',
    agent: 'erin',
    approvers: ['viktor'],
    daysAgo: 24,
    hour: 13,
    ending: 'confirmed',
    subject: 'Client list overwritten by the newsletter tool',
    reason: 'The newsletter integration wrote its own company names over ours, about four hundred of them.',
    difference: [
      ['crm.companies', 0, 0, 402],
      ['crm.contacts', 0, 0, 11],
    ],
    talk: [
      {
        afterHours: 2,
        by: 'erin',
        says: '402 companies and 11 contacts go back to last night. The integration should stay off until then.',
      },
      { afterHours: 3, by: 'requester', says: 'It is off.' },
      { afterHours: 6, by: 'requester', says: 'Names are ours again.' },
    ],
  },
  {
    portal: 'juno',
    scope: 'crm',
    requester: 'kieran',
    agent: 'nadia',
    approvers: ['chidi'],
    daysAgo: 25,
    hour: 11,
    ending: 'cancelled',
    because: 'Found them, they were only archived.',
    subject: 'Where are the café deals?',
    reason: 'All deals with “café” in the title are gone since this morning.',
    difference: [['crm.deals', 0, 2, 7]],
    talk: [
      { afterHours: 1, by: 'nadia', says: 'They exist in live as well, with the stage “lost”. Could it be the archive filter?' },
    ],
  },
  {
    portal: 'grota',
    scope: 'full',
    requester: 'szymon',
    agent: 'tomasz',
    approvers: ['marta'],
    daysAgo: 26,
    hour: 8,
    ending: 'windowEnded',
    consentAfterHours: 2,
    subject: 'Cały portal sprzed włamania',
    reason:
      'Ktoś z dawnym hasłem usunął {mishapDay} nad ranem projekty i rozmowy. Hasła już zmienione, prosimy o stan z nocy przed tym.',
    difference: [
      ['intranet.messages', 412, 0, 0],
      ['intranet.conversations', 9, 0, 0],
      ['intranet.projects', 6, 0, 0],
    ],
    talk: [
      {
        afterHours: 1,
        by: 'tomasz',
        says: 'Zatrzymane: punkt z tej samej nocy, z godziny 03:00. Wróci 6 projektów i 412 wiadomości.',
      },
      { afterHours: 2, by: 'owner', says: 'Proszę przywracać, o tej porze nikt u nas nie pracował.' },
      { afterHours: 5, by: 'requester', says: 'Wszystko na miejscu.' },
    ],
  },
  {
    portal: 'bolt',
    scope: 'crm',
    requester: 'tiago',
    agent: 'erin',
    approvers: ['viktor'],
    daysAgo: 28,
    hour: 18,
    ending: 'expired',
    consentAfterHours: 5,
    subject: 'Courier leasing deals vanished',
    reason: 'We lost five leasing deals. Are free accounts helped at all?',
    difference: [['crm.deals', 5, 3, 0]],
    talk: [
      {
        afterHours: 1,
        by: 'erin',
        says: 'They are: the restore point is held for you. The restore itself needs a paid plan; Inês has the price on her page.',
      },
      { afterHours: 30, by: 'requester', says: 'Inês is travelling. We may simply type them in again.' },
    ],
  },
  {
    portal: 'kite',
    scope: 'full',
    requester: 'joana',
    agent: 'nadia',
    approvers: ['chidi'],
    daysAgo: 30,
    hour: 9,
    ending: 'refusedByApprover',
    because:
      'The owner’s second step came by mail code, which is not enough for the whole portal. Please consent again with the authenticator.',
    consentAfterHours: 3,
    subject: 'Start the season from the clean copy',
    reason:
      'We would like to throw away the test bookings that were entered {mishapDay} and begin the season from the night before.',
    difference: [
      ['crm.activities', 3, 160, 0],
      ['crm.deals', 12, 40, 6],
      ['intranet.tasks', 2, 31, 9],
    ],
    talk: [{ afterHours: 2, by: 'nadia', says: 'Possible, but mind: all twelve users lose what they entered since.' }],
  },
]
