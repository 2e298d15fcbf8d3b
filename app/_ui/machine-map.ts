import { type TicketState, ticketStates } from '#lib/domain/machine-context.ts'
import { restoreMachine } from '#lib/domain/restore-machine.ts'

/** An arrow of the machine and the events that go along it. */
export type MachineArrow = { from: TicketState; to: TicketState; events: string[] }

const isState = (name: string): name is TicketState => ticketStates.some((state) => state === name)

/** All arrows between different states, read from the definition itself: what is drawn cannot differ from what is done. */
export function machineArrows(): MachineArrow[] {
  const arrows = new Map<string, MachineArrow>()
  for (const [from, node] of Object.entries(restoreMachine.states)) {
    if (!isState(from)) continue
    for (const transition of [...node.transitions.values()].flat()) {
      for (const target of transition.target ?? []) {
        const to = target.key
        if (!isState(to) || to === from) continue
        const arrow = arrows.get(`${from} ${to}`) ?? { from, to, events: [] }
        if (!arrow.events.includes(transition.eventType)) arrow.events.push(transition.eventType)
        arrows.set(`${from} ${to}`, arrow)
      }
    }
  }
  return [...arrows.values()]
}

/** Where each state stands on the drawing, in columns and rows; the usual path is the middle row. A state without a place does not compile. */
export const machinePlaces: Record<TicketState, { column: number; row: number }> = {
  submitted: { column: 0, row: 1 },
  verifyingOwner: { column: 1, row: 1 },
  checkingPlan: { column: 2, row: 1 },
  awaitingUpgrade: { column: 2, row: 2 },
  awaitingApproval: { column: 3, row: 1 },
  scheduled: { column: 4, row: 1 },
  restoring: { column: 5, row: 1 },
  restoreFailed: { column: 5, row: 2 },
  restored: { column: 6, row: 1 },
  undoing: { column: 6, row: 2 },
  undone: { column: 7, row: 2 },
  closed: { column: 7, row: 1 },
  rejected: { column: 1, row: 3 },
  cancelled: { column: 2, row: 3 },
  expired: { column: 3, row: 3 },
}

/** Arrows that would only be noise: every way out of every waiting state. They are drawn once a ticket has gone along them. */
export const quietTargets: readonly TicketState[] = ['rejected', 'cancelled', 'expired']
