import { earliest, type Instant, latest, plusHours } from './instants.ts'
import type { TicketContext, TicketState, TimerName } from './machine-context.ts'

const hold: readonly TimerName[] = ['holdWarning24', 'holdWarning6', 'holdWarning1', 'holdEnd']

/** Which timers run in which state. Leaving a state stops its timers, since they are no longer in the next one's list. */
const timersOfState: Record<TicketState, readonly TimerName[]> = {
  submitted: hold,
  verifyingOwner: ['ownerReminder1', 'ownerReminder2', 'ownerExpiry', ...hold],
  checkingPlan: ['consentExpiry', ...hold],
  awaitingUpgrade: ['upgradeExpiry', 'consentExpiry', ...hold],
  awaitingApproval: ['approvalEscalation', 'approvalDenial', 'consentExpiry', ...hold],
  scheduled: ['windowOpens', 'consentExpiry', ...hold],
  restoring: [],
  restored: ['undoEnd', 'filesEnd'],
  undoing: [],
  undone: [],
  restoreFailed: hold,
  closed: [],
  rejected: [],
  cancelled: [],
  expired: [],
}

export type Timer = { timer: TimerName; due: Instant }

/** The timers that must be running, with the instants they are set for; derived, so that row, jobs and replay cannot disagree. */
export function timersOf(state: TicketState, context: TicketContext): Timer[] {
  return timersOfState[state].flatMap((timer) => {
    const due = dueOf(timer, context)
    return due === null || context.fired[timer] === due ? [] : [{ timer, due }]
  })
}

/** What must be set and stopped after a transition; a timer whose instant moved is in `set`. */
export function timerChanges(before: readonly Timer[], after: readonly Timer[]): { set: Timer[]; stop: TimerName[] } {
  const set = after.filter(({ timer, due }) => !before.some((old) => old.timer === timer && old.due === due))
  const stop = before.filter(({ timer }) => !after.some((now) => now.timer === timer)).map(({ timer }) => timer)
  return { set, stop }
}

/** The instant a timer is set for under this context, or null where it has none. */
export function dueOf(timer: TimerName, context: TicketContext): Instant | null {
  const { policy, waitingSince, consent, undo, files } = context
  const [firstReminderHours = 24, secondReminderHours = 48] = policy.ownerReminderHours
  switch (timer) {
    case 'ownerReminder1':
      return plusHours(waitingSince, firstReminderHours)
    case 'ownerReminder2':
      return plusHours(waitingSince, secondReminderHours)
    case 'ownerExpiry':
      return plusHours(waitingSince, policy.ownerExpiryHours)
    case 'upgradeExpiry':
      return plusHours(waitingSince, policy.upgradeExpiryHours)
    case 'approvalEscalation':
      return plusHours(waitingSince, policy.approvalEscalationHours)
    case 'approvalDenial':
      return plusHours(waitingSince, policy.approvalDenialHours)
    case 'consentExpiry':
      return consent && plusHours(consent.givenAt, policy.consentValidHours)
    case 'windowOpens':
      return consent && (consent.window.kind === 'now' ? waitingSince : latest(consent.window.at, waitingSince))
    case 'holdWarning24':
      return holdTimer(context, 24)
    case 'holdWarning6':
      return holdTimer(context, 6)
    case 'holdWarning1':
      return holdTimer(context, 1)
    case 'holdEnd':
      return holdTimer(context, 0)
    case 'undoEnd':
      return undo?.until ?? null
    case 'filesEnd':
      return files?.until ?? null
  }
}

/** The last instant at which the owner's window may end: neither the consent nor the hold outlives it. */
export function windowLimit(context: TicketContext, at: Instant): Instant {
  return earliest(context.hold.until, plusHours(at, context.policy.consentValidHours))
}

function holdTimer({ hold: { until, ended } }: TicketContext, hoursBefore: number): Instant | null {
  return ended ? null : plusHours(until, -hoursBefore)
}
