import { type Instant, isBefore } from './instants.ts'
import { isEnd, type TicketContext, type TicketState, type TimerName } from './machine-context.ts'
import { timersOf } from './timers.ts'

/** Deadlines at which something is lost for good. The queue is ordered by the nearest. */
export const lethalClocks = [
  'snapshotDies',
  'ownerExpires',
  'upgradeExpires',
  'approvalExpires',
  'consentExpires',
  'undoEnds',
  'filesExpire',
] as const
export type LethalClock = (typeof lethalClocks)[number]

/** Who must act next. */
export const turns = ['owner', 'requester', 'billing', 'approver', 'desk', 'worker', 'nobody'] as const
export type Turn = (typeof turns)[number]

const turnOfState: Record<TicketState, Turn> = {
  submitted: 'worker',
  verifyingOwner: 'owner',
  checkingPlan: 'billing',
  awaitingUpgrade: 'owner',
  awaitingApproval: 'approver',
  scheduled: 'worker',
  restoring: 'worker',
  restored: 'requester',
  undoing: 'worker',
  undone: 'nobody',
  restoreFailed: 'desk',
  closed: 'nobody',
  rejected: 'nobody',
  cancelled: 'nobody',
  expired: 'nobody',
}

/** Failures that are over once the owner's own people let go or another hour is chosen; all others are for the desk to look into. */
const ownersToSettle: readonly NonNullable<TicketContext['failure']>['kind'][] = ['blocked', 'window_ended', 'cancelled']

/** Whose turn it is; a frozen ticket or an open complaint is the desk's (S7, S56), a failed restore the owner's where trying again may do. */
export function turnOf(state: TicketState, { frozen, complaint, run, failure }: TicketContext): Turn {
  if (isEnd(state) || run !== null) return turnOfState[state]
  if (frozen !== null || complaint !== null) return 'desk'
  if (state === 'restoreFailed' && failure !== null && ownersToSettle.includes(failure.kind)) return 'owner'
  return turnOfState[state]
}

const clockOfTimer: Partial<Record<TimerName, LethalClock>> = {
  holdEnd: 'snapshotDies',
  ownerExpiry: 'ownerExpires',
  upgradeExpiry: 'upgradeExpires',
  approvalDenial: 'approvalExpires',
  consentExpiry: 'consentExpires',
  undoEnd: 'undoEnds',
  filesEnd: 'filesExpire',
}

/** The nearest of the clocks that run in this state, or null where nothing can be lost by waiting. */
export function lethalClock(state: TicketState, context: TicketContext): { clock: LethalClock; at: Instant } | null {
  const running = timersOf(state, context).flatMap(({ timer, due }) => {
    const clock = clockOfTimer[timer]
    return clock ? [{ clock, at: due }] : []
  })
  return running.reduce<(typeof running)[number] | null>((a, b) => (a === null || isBefore(b.at, a.at) ? b : a), null)
}

/** When the ticket will next do something by itself; never a moment that has passed. */
export function nextUpdate(state: TicketState, context: TicketContext, now: Instant): Instant | null {
  const dues = timersOf(state, context)
    .map(({ due }) => due)
    .filter((due) => isBefore(now, due))
  return dues.length === 0 ? null : dues.reduce((a, b) => (isBefore(b, a) ? b : a))
}
