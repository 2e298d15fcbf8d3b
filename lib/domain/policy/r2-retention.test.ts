import { describe, expect, test } from 'vitest'
import { policyWith, said } from '../testing/rules.ts'
import { holdExtension, holdLimit, holdMaximum, naturalDeath, r2Moment, r2Retention } from './r2-retention.ts'

const now = '2026-11-25T09:00:00.000Z'

describe('R2 retention', () => {
  test.each([
    ['a second before the seven days are over', '2026-11-18T09:00:01Z', 'ready', false, 'yes'],
    ['exactly seven days after its completion', '2026-11-18T09:00:00Z', 'ready', false, 'snapshot_too_old'],
    ['older, but held by a live ticket', '2026-11-15T09:00:00Z', 'ready', true, 'yes'],
    ['pruned', '2026-11-24T09:00:00Z', 'pruned', true, 'snapshot_gone'],
    ['being pruned', '2026-11-24T09:00:00Z', 'pruning', false, 'snapshot_gone'],
    ['marked bad', '2026-11-24T09:00:00Z', 'bad', false, 'snapshot_not_ready'],
    ['not finished', null, 'capturing', false, 'snapshot_not_ready'],
  ])('%s', (_, completedAt, state, held, expected) => {
    expect(said(r2Retention({ snapshotId: 's', state, completedAt, held, now }, policyWith()))).toBe(expected)
  })

  test('S32 seven days are 7×24 hours from the completion, also when the clocks are put back in between', () => {
    expect(naturalDeath('2026-10-20T10:00:00.000Z', policyWith())).toBe('2026-10-27T10:00:00.000Z')
    expect(naturalDeath('2026-10-20T10:00:00.000Z', policyWith({ retentionDays: 30 }))).toBe('2026-11-19T10:00:00.000Z')
  })

  test.each([
    ['within reach', '2026-11-25T08:59:59.999Z', '2026-11-20T09:00:00Z', 'yes'],
    ['the oldest that can be made', '2026-11-20T09:00:00Z', '2026-11-20T09:00:00Z', 'yes'],
    ['a moment before it', '2026-11-20T08:59:59.999Z', '2026-11-20T09:00:00Z', 'moment_out_of_reach'],
    ['as old as any may be', '2026-11-18T09:00:00Z', '2026-11-01T09:00:00Z', 'yes'],
    ['older, though it could be made', '2026-11-18T08:59:59.999Z', '2026-11-01T09:00:00Z', 'moment_out_of_reach'],
    ['just now', now, '2026-11-20T09:00:00Z', 'moment_out_of_reach'],
    ['to come', '2026-11-25T09:00:01Z', '2026-11-20T09:00:00Z', 'moment_out_of_reach'],
    ['where none can be made', '2026-11-25T08:00:00Z', null, 'moment_out_of_reach'],
  ])('a restore point of a moment %s', (_, at, from, expected) => {
    expect(said(r2Moment({ at, from, now }, policyWith()))).toBe(expected)
  })

  test('S25 a hold lasts 72 hours past that, and no longer', () => {
    expect(holdMaximum('2026-10-20T10:00:00.000Z', policyWith())).toBe('2026-10-30T10:00:00.000Z')
  })

  test.each([
    [2, 'yes'],
    [3, 'hold_limit_reached'],
  ])('S34 with %i snapshots of the portal held already', (openHolds, expected) => {
    expect(said(holdLimit({ openHolds }, policyWith()))).toBe(expected)
  })

  test.each([
    ['the first time', false, false, 'yes'],
    ['a second time', true, false, 'hold_already_extended'],
    ['after its end', false, true, 'hold_maximum_reached'],
  ])('S19 extended %s', (_, extended, ended, expected) => {
    expect(said(holdExtension({ extended, ended }, policyWith()))).toBe(expected)
  })
})
