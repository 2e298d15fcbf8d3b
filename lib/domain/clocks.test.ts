import { describe, expect, test } from 'vitest'
import { lethalClock, nextUpdate, turnOf } from './clocks.ts'
import type { RestoreWindow } from './events.ts'
import { ticketStates } from './machine-context.ts'
import { hoursLater, ids, t0, ticketIn } from './testing/world.ts'
import { timerChanges, timersOf } from './timers.ts'

const clock = (state: Parameters<typeof ticketIn>[0], change = {}) => {
  const life = ticketIn(state, change)
  return lethalClock(life.state, life.context)
}

describe('the clock that kills first', () => {
  test.each([
    ['verifyingOwner', 'ownerExpires', hoursLater(72)],
    ['awaitingUpgrade', 'upgradeExpires', hoursLater(168)],
    ['awaitingApproval', 'approvalExpires', hoursLater(48)],
    ['scheduled', 'consentExpires', hoursLater(168)],
    ['restored', 'undoEnds', hoursLater(72)],
    // Captured a day before: six days of retention are left, and 72 hours of hold.
    ['submitted', 'snapshotDies', hoursLater(6 * 24 + 72)],
  ] as const)('in %s is %s', (state, name, at) => {
    expect(clock(state)).toEqual({ clock: name, at })
  })

  test('is the snapshot’s where that dies before the owner’s time is up', () => {
    expect(clock('verifyingOwner', { hold: { until: hoursLater(5), extended: false, ended: false } })).toEqual({
      clock: 'snapshotDies',
      at: hoursLater(5),
    })
  })

  test.each(['restoring', 'undoing', 'closed', 'rejected', 'cancelled', 'expired', 'undone', 'checkingPlan'] as const)(
    'in %s',
    (state) => {
      expect(clock(state)?.clock ?? 'none').toBe(state === 'checkingPlan' ? 'consentExpires' : 'none')
    },
  )
})

test('whose turn it is: each state has somebody, a frozen ticket and an open complaint are the desk’s', () => {
  expect(Object.fromEntries(ticketStates.map((state) => [state, turnOf(state, ticketIn(state).context)]))).toMatchInlineSnapshot(`
    {
      "awaitingApproval": "approver",
      "awaitingUpgrade": "owner",
      "cancelled": "nobody",
      "checkingPlan": "billing",
      "closed": "nobody",
      "expired": "nobody",
      "rejected": "nobody",
      "restoreFailed": "desk",
      "restored": "requester",
      "restoring": "worker",
      "scheduled": "worker",
      "submitted": "worker",
      "undoing": "worker",
      "undone": "nobody",
      "verifyingOwner": "owner",
    }
  `)
  expect(turnOf('verifyingOwner', ticketIn('verifyingOwner', { frozen: { since: t0, reason: null } }).context)).toBe('desk')
  expect(turnOf('restored', ticketIn('restored', { complaint: { openedAt: t0 } }).context)).toBe('desk')
})

test.each([
  ['blocked', 'owner'],
  ['window_ended', 'owner'],
  ['cancelled', 'owner'],
  ['disk_full', 'desk'],
  ['error', 'desk'],
] as const)('after a restore that ended by %s it is the turn of: %s', (kind, whose) => {
  const { context } = ticketIn('restoreFailed', { failure: { kind, detail: '', refusal: null, at: t0 } })
  expect(turnOf('restoreFailed', context)).toBe(whose)
  expect(turnOf('restoreFailed', { ...context, frozen: { since: t0, reason: null } })).toBe('desk')
})

test('S17 an upgrade must be paid before the first of: the ticket’s own time, the consent’s, the hold’s', () => {
  expect(clock('awaitingUpgrade')?.clock).toBe('upgradeExpires')
  const life = ticketIn('awaitingUpgrade', { waitingSince: hoursLater(20) })
  expect(lethalClock('awaitingUpgrade', life.context)).toEqual({ clock: 'consentExpires', at: hoursLater(168) })
})

test('the next update is the nearest timer still to come', () => {
  const { state, context } = ticketIn('verifyingOwner')
  expect(nextUpdate(state, context, t0)).toBe(hoursLater(24))
  expect(nextUpdate(state, context, hoursLater(25))).toBe(hoursLater(48))
  expect(nextUpdate('closed', context, t0)).toBeNull()
})

test('timers that rang are not set again; those that moved are', () => {
  const { context } = ticketIn('verifyingOwner')
  const before = timersOf('verifyingOwner', context)
  const rung = timersOf('verifyingOwner', { ...context, fired: { ownerReminder1: hoursLater(24) } })
  expect(timerChanges(before, rung)).toEqual({ set: [], stop: ['ownerReminder1'] })
  const moved = timersOf('verifyingOwner', { ...context, waitingSince: hoursLater(1) })
  expect(timerChanges(before, moved).set.map(({ timer }) => timer)).toEqual(['ownerReminder1', 'ownerReminder2', 'ownerExpiry'])
  expect(timerChanges(before, moved).stop).toEqual([])
})

test('a window opens when the owner said, or as soon as all have agreed if that was later', () => {
  const { context } = ticketIn('scheduled')
  const given = { previewId: ids.preview, digest: 'd1', ownerId: context.ownerId, method: 'totp', givenAt: t0 } as const
  const at = (hours: number) =>
    ({ kind: 'at', at: hoursLater(hours), until: hoursLater(hours + 2), timeZone: 'UTC', atEnd: 'abort' }) as const
  const opens = (window: RestoreWindow) =>
    timersOf('scheduled', { ...context, waitingSince: hoursLater(3), consent: { ...given, window } }).find(
      ({ timer }) => timer === 'windowOpens',
    )?.due
  expect([opens({ kind: 'now' }), opens(at(5)), opens(at(1))]).toEqual([hoursLater(3), hoursLater(5), hoursLater(3)])
})
