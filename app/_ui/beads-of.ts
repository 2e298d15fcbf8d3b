import type { TicketState } from '#lib/domain/machine-context.ts'

const steps = ['sent', 'owner', 'plan', 'approval', 'restore', 'done'] as const
type Step = (typeof steps)[number]
type Bead = { step: Step; is: 'done' | 'here' | 'ahead' | 'stopped' }

const stepOfState: Record<TicketState, Step> = {
  submitted: 'sent',
  verifyingOwner: 'owner',
  checkingPlan: 'plan',
  awaitingUpgrade: 'plan',
  awaitingApproval: 'approval',
  scheduled: 'restore',
  restoring: 'restore',
  restoreFailed: 'restore',
  restored: 'done',
  undoing: 'done',
  undone: 'done',
  closed: 'done',
  rejected: 'done',
  cancelled: 'done',
  expired: 'done',
}
const stopped: readonly TicketState[] = ['restoreFailed', 'rejected', 'cancelled', 'expired']

/** The machine as six beads. `lastState` is where a ticket stood before it was rejected, cancelled or expired: that bead is where it stopped. */
export function beadsOf(state: TicketState, lastState: TicketState | null = null): Bead[] {
  const isStopped = stopped.includes(state)
  const at = steps.indexOf(stepOfState[isStopped && lastState !== null ? lastState : state])
  const finished = state === 'closed' || state === 'undone'
  return steps.map((step, place) => {
    if (place < at) return { step, is: 'done' }
    if (place > at) return { step, is: 'ahead' }
    return { step, is: isStopped ? 'stopped' : finished ? 'done' : 'here' }
  })
}
