import { initialTransition, transition } from 'xstate'
import { z } from 'zod'
import { type Effect, effectTypes } from './effects.ts'
import type { EventType } from './events.ts'
import { type StampedEvent, type StampedEventOf, type TicketContext, type TicketState, ticketStates } from './machine-context.ts'
import { restoreMachine } from './restore-machine.ts'

/** Where a ticket is and what it remembers: what is stored as `machineState`. */
export type TicketLife = { state: TicketState; context: TicketContext }
export type Step = TicketLife & { effects: Effect[] }

/** The first step of a ticket: its state and effects after being opened. */
export function begin(event: StampedEventOf<'OPEN_TICKET'>): Step {
  const [machineState, actions] = initialTransition(restoreMachine, event)
  return { ...read(machineState), effects: effectsOf(actions) }
}

/** One event further, or null where the machine refuses it: then nothing has changed. */
export function proceed(life: TicketLife, event: StampedEvent): Step | null {
  const before = restoreMachine.resolveState({ value: life.state, context: life.context })
  const [after, actions] = transition(restoreMachine, before, event)
  // A refused event gives the same object back; one that is taken but changes nothing has effects at least.
  return after === before && actions.length === 0 ? null : { ...read(after), effects: effectsOf(actions) }
}

/** I11: a ticket's log from its first event gives the ticket. Throws when the log holds an event that the machine would not take. */
export function replay([first, ...rest]: readonly StampedEvent[]): TicketLife {
  if (first?.type !== 'OPEN_TICKET') throw new Error('a log begins with OPEN_TICKET')
  const { effects: _, ...opened } = begin(first)
  return rest.reduce<TicketLife>((life, event, index) => {
    const next = proceed(life, event)
    if (next === null) throw new Error(`the log does not replay: ${event.type} in ${life.state} (event ${index + 2})`)
    return { state: next.state, context: next.context }
  }, opened)
}

/** Does this state know the event at all, whatever the rules say of it? */
export function accepts(state: TicketState, type: EventType): boolean {
  return Object.hasOwn(restoreMachine.config.states?.[state]?.on ?? {}, type)
}

const stateName = z.enum(ticketStates)

function read(machineState: { value: unknown; context: TicketContext }): TicketLife {
  return { state: stateName.parse(machineState.value), context: machineState.context }
}

/** Of the actions that a transition returns only the effects are ours to carry out; updates have been applied already. */
function effectsOf(actions: readonly { type: string; params?: unknown }[]): Effect[] {
  return actions.filter(isEffect)
}

function isEffect(action: { type: string; params?: unknown }): action is Effect {
  return effectTypes.some((type) => type === action.type)
}
