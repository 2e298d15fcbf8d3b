import type { MailTemplate } from '#lib/domain/effects.ts'
import type { TemplateData } from './templates/data.ts'

/** Everything the mails of a ticket may say, as the door knows it in the transaction that tells it. Instants are ISO with offset. */
export type TicketMailFacts = {
  number: number
  portalName: string
  /** Now, by the database's clock. */
  at: string
  /** The nearest deadline of whoever is asked. */
  deadline: string | null
  /** Why not (rejected) or what happened (failed), in the reader's words already. */
  reason: string
  /** Rows that come or came back, and newer ones that are or were wiped. */
  comesBack: number
  wiped: number
  /** When the restore begins; null for now. */
  startsAt: string | null
  /** For how long saving may wait, as estimated; null when not known. */
  pauseMs: number | null
  holdUntil: string | null
  undoUntil: string | null
}

/** The data of one ticket mail: of the facts, what its template asks for. Total by type, so that a new template of the machine does not compile without. */
export function ticketMailData<T extends MailTemplate>(template: T, facts: TicketMailFacts): TemplateData<T> {
  return makers[template](facts)
}

const bare = ({ number, portalName }: TicketMailFacts) => ({ number, portalName })
const withDeadline = (facts: TicketMailFacts) => ({ ...bare(facts), deadline: facts.deadline })
const withReason = (facts: TicketMailFacts) => ({ ...bare(facts), reason: facts.reason.slice(0, 10_000) })
const withCounts = (facts: TicketMailFacts) => ({ ...bare(facts), comesBack: facts.comesBack, wiped: facts.wiped })

const makers: { [T in MailTemplate]: (facts: TicketMailFacts) => TemplateData<T> } = {
  owner_asked: withDeadline,
  owner_reminder: withDeadline,
  owner_asked_again: withDeadline,
  owner_changed: bare,
  consent_receipt: (facts) => ({ ...withCounts(facts), givenAt: facts.at }),
  not_me_reported: bare,
  plan_needed: withDeadline,
  plan_paid: bare,
  approval_asked: withDeadline,
  approval_escalated: withDeadline,
  approved: (facts) => ({ ...bare(facts), startsAt: facts.startsAt }),
  rejected: withReason,
  reply_posted: bare,
  hold_ending: (facts) => ({ ...bare(facts), endsAt: facts.holdUntil }),
  restore_begins: ({ portalName, startsAt, pauseMs }) => ({ portalName, startsAt, pauseMs }),
  restored: (facts) => ({ ...withCounts(facts), undoUntil: facts.undoUntil }),
  restore_failed: withReason,
  undone: bare,
  undo_failed: withReason,
  cancelled: bare,
  expired: bare,
  closed: bare,
}
