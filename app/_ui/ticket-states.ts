import { type TicketState, ticketStates } from '#lib/domain/machine-context.ts'
import type { Tone } from './tone.ts'

export const isTicketState = (state: string): state is TicketState => ticketStates.some((known) => known === state)

/** The colour of a state: only an echo of its words (`states.*`) and its icon. */
export const stateTone: Record<TicketState, Tone> = {
  submitted: 'neutral',
  verifyingOwner: 'warn',
  checkingPlan: 'neutral',
  awaitingUpgrade: 'warn',
  awaitingApproval: 'accent',
  scheduled: 'run',
  restoring: 'run',
  restored: 'good',
  restoreFailed: 'danger',
  undoing: 'run',
  undone: 'neutral',
  closed: 'neutral',
  rejected: 'danger',
  cancelled: 'neutral',
  expired: 'danger',
}
