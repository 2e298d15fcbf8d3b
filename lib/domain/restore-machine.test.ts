import { describe, expect, it } from 'vitest'
import { ticketStates } from './machine-context.ts'
import { openEvent, walk, wayTo } from './testing/world.ts'
import { begin, replay } from './ticket-life.ts'

describe('the life of a ticket', () => {
  it.each(ticketStates)('can be in %s, and its log replays to the same (I11)', (state) => {
    const step = walk(begin(openEvent()), ...wayTo[state])
    expect(step.state).toBe(state)
    expect(replay([openEvent(), ...wayTo[state]])).toEqual({ state: step.state, context: step.context })
  })
})
