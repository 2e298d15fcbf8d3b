import type { Said } from './past.ts'

/** How far a ticket has come that is still under way. */
export type Reached = 'verifyingOwner' | 'awaitingUpgrade' | 'awaitingApproval' | 'scheduled' | 'restoreFailed' | 'restored'

export type LiveTicket = {
  portal: string
  scope: 'crm' | 'full'
  subject: string
  /** `{mishapDay}` becomes the weekday on which it went wrong: the demo is set up at any hour, so “yesterday” would be wrong half the time. */
  reason: string
  requester: string
  /** Null: nobody at the desk has claimed it. */
  agent: string | null
  approver: string
  openedHoursAgo: number
  /** Null: the owner has not consented. */
  consentHoursAgo: number | null
  reached: Reached
  talk: Said[]
  /** Said once the run is over, in the present. */
  afterwards?: Omit<Said, 'afterHours'>[]
}

/** When what a ticket tells was compared, shortly before it was opened; its portal stands still from then on. */
export const comparedAt = (ticket: Pick<LiveTicket, 'openedHoursAgo'>, now: Date): Date =>
  new Date(now.getTime() - (ticket.openedHoursAgo + 0.05) * 3_600_000)

/** Tickets under way, one a portal. Their previews, holds and runs are real: each goes on in the browser from where it stands. */
export const liveTickets: LiveTicket[] = [
  {
    portal: 'grota',
    scope: 'crm',
    requester: 'lucja',
    agent: 'tomasz',
    approver: 'marta',
    openedHoursAgo: 30,
    consentHoursAgo: null,
    reached: 'verifyingOwner',
    subject: 'Zniknęły zamówienia restauracji',
    reason:
      'Z listy zniknęło {mishapDay} przed południem dziewięć otwartych deali, wszystkie z restauracjami. Wiesiek czyścił stare pozycje i chyba zaznaczył za dużo.',
    talk: [
      {
        afterHours: 0.6,
        by: 'tomasz',
        says: 'Dzień dobry. Punkt przywracania sprzed usunięcia jest zabezpieczony i nie zniknie, dopóki trwa zgłoszenie. Potrzebna jest jeszcze zgoda właścicielki, pani Haliny.',
      },
      { afterHours: 2.1, by: 'requester', says: 'Pani Halina nie pracuje u nas od wiosny. Jej skrzynki nikt już nie czyta.' },
      {
        afterHours: 3,
        by: 'tomasz',
        says: 'Rozumiem. Proszę przysłać dokument, z którego wynika, kto jest teraz właścicielem. Zapiszę go jako dowód, a druga osoba z obsługi go potwierdzi.',
      },
      {
        afterHours: 3.2,
        by: 'tomasz',
        says: 'W portalu konto Haliny Wróbel jest nieaktywne. Wpis do KRS ma przyjść od Szymona.',
        note: true,
      },
    ],
  },
  {
    portal: 'heron',
    scope: 'full',
    requester: 'rafael',
    agent: 'erin',
    approver: 'viktor',
    openedHoursAgo: 6,
    consentHoursAgo: 2.5,
    reached: 'awaitingApproval',
    subject: 'Two proposals deleted from the pipeline',
    reason:
      'While tidying my list {mishapDay} I deleted two open proposals, the chapel roof and the housing block. I would like the portal as it was before that.',
    talk: [
      {
        afterHours: 0.8,
        by: 'erin',
        says: 'Good day Rafael. The whole portal would go back for all 24 of you, and everything entered since goes with it. “CRM” alone would cost less. The list is in the preview; Maeve decides.',
      },
      { afterHours: 3.4, by: 'owner', says: 'I would rather have the two proposals. Please go ahead.' },
      {
        afterHours: 3.8,
        by: 'erin',
        says: 'Two deals against days of work of the whole studio, in CRM and intranet. I would ask once more before approving.',
        note: true,
      },
    ],
  },
  {
    portal: 'iris',
    scope: 'crm',
    requester: 'zaneta',
    agent: 'tomasz',
    approver: 'marta',
    openedHoursAgo: 5,
    consentHoursAgo: 3.5,
    reached: 'awaitingUpgrade',
    subject: 'Usunięte zlecenia ogrodowe',
    reason:
      'Z listy zniknęło {mishapDay} rano sześć otwartych zleceń. Były w filtrze „do archiwum”, a poszły do kosza i z kosza.',
    talk: [
      {
        afterHours: 0.5,
        by: 'tomasz',
        says: 'Dzień dobry. Wszystkie sześć jest w punkcie sprzed usunięcia. Plan darmowy nie obejmuje przywracania, ale punkt jest zabezpieczony, więc jest czas na decyzję.',
      },
      { afterHours: 1.6, by: 'owner', says: 'Zgoda jest, plan opłacę, jak tylko wrócę do biura.' },
    ],
  },
  {
    portal: 'juno',
    scope: 'crm',
    requester: 'kieran',
    agent: 'nadia',
    approver: 'chidi',
    openedHoursAgo: 6.5,
    consentHoursAgo: 4,
    reached: 'scheduled',
    subject: 'Eleven deals removed with the old price list',
    reason:
      'I removed the old price list {mishapDay}, and eleven deals that were linked to it went too. The workshop needs them for its planning.',
    talk: [
      {
        afterHours: 0.4,
        by: 'nadia',
        says: 'They are all in the restore point of the night before it happened. Beatrice can choose an hour when nobody is at the desk.',
      },
      { afterHours: 2.4, by: 'owner', says: 'After ten in the evening, please. Nobody works then.' },
      {
        afterHours: 3.4,
        by: 'nadia',
        says: 'Done: it begins by itself, and everybody is told beforehand. It can be called off until the last moment.',
      },
    ],
  },
  {
    portal: 'kite',
    scope: 'crm',
    requester: 'joana',
    agent: 'nadia',
    approver: 'viktor',
    openedHoursAgo: 7,
    consentHoursAgo: 5,
    reached: 'restoreFailed',
    subject: 'Open bookings for August deleted',
    reason: 'They looked like tests, so Leonard deleted seven open bookings {mishapDay}. They were the hotel’s.',
    talk: [
      { afterHours: 0.7, by: 'nadia', says: 'Seven deals come back. What was entered since is listed in the preview.' },
      { afterHours: 2, by: 'owner', says: 'Fine with me.' },
    ],
    afterwards: [
      {
        by: 'nadia',
        says: 'Somebody’s report was running in your portal and held the deals, so the restore gave way: nothing was changed. Once the report is through, Duarte can press “Retry restore” on the ticket’s page; what was agreed still holds.',
      },
    ],
  },
  {
    portal: 'lark',
    scope: 'crm',
    requester: 'yasmin',
    agent: 'erin',
    approver: 'chidi',
    openedHoursAgo: 5.5,
    consentHoursAgo: 3,
    reached: 'restored',
    subject: 'Seventeen orders gone after a merge',
    reason:
      'I merged two customers {mishapDay}, and the orders of one of them are gone: seventeen, some of them already printed.',
    talk: [
      {
        afterHours: 0.5,
        by: 'erin',
        says: 'All seventeen are in the restore point of the night before it happened. Harriet sees what would be lost instead.',
      },
      { afterHours: 2.5, by: 'owner', says: 'We can type those in again. Please restore.' },
    ],
  },
]
