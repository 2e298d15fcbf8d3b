import type { Tone } from './tone.ts'

/** The machine's states in the order of the usual path; words are in `states.*`, colour is only their echo. */
export const ticketStates = [
  'submitted',
  'verifyingOwner',
  'checkingPlan',
  'awaitingUpgrade',
  'awaitingApproval',
  'scheduled',
  'restoring',
  'restored',
  'restoreFailed',
  'undoing',
  'undone',
  'closed',
  'rejected',
  'cancelled',
  'expired',
] as const
export type TicketState = (typeof ticketStates)[number]

export const isTicketState = (state: string): state is TicketState => ticketStates.some((known) => known === state)

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
