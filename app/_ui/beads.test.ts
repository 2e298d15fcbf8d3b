import { expect, test } from 'vitest'
import { ticketStates } from '#lib/domain/machine-context.ts'
import { beadsOf } from './beads-of.ts'

const line = (...args: Parameters<typeof beadsOf>) =>
  beadsOf(...args)
    .map(({ is }) => is[0])
    .join('')

test('each state has at most one bead that is now, and only done ones before it', () => {
  for (const state of ticketStates) expect(line(state)).toMatch(/^d*[hs]?a*$/)
})

test('a ticket that was rejected at its approval stopped there, not at the end', () => {
  expect(line('rejected', 'awaitingApproval')).toBe('dddsaa')
})

test('a closed ticket is done from end to end', () => {
  expect(line('closed')).toBe('dddddd')
})
