import { expect } from 'vitest'
import type { ChosenRecords, PutBackRequest, SnapshotAdapter, SnapshotRef } from '../port.ts'
import { type Check, collectChecks } from './check.ts'
import {
  callOf,
  capture,
  compare,
  must,
  namesOf,
  readyToRestore,
  restoreStoppedAt,
  type SpoilablePortal,
  stoppable,
} from './steps.ts'

const putBackWay = { way: 'in_place', scope: 'put_back' } as const

/** What putting records back must keep to, for adapters that declare it. */
export function putBackChecks(adapter: SnapshotAdapter, makePortal: () => Promise<SpoilablePortal>): Check[] {
  const { checks, test } = collectChecks()
  test('R3 put back: told first, rehearsed without a trace, only what was chosen comes back, and the undo takes out just that', async () => {
    const { portal, snapshot, putBack } = await withDealsGone(adapter, makePortal)
    const before = await stateOf(portal)
    const told = await compare(adapter, portal, snapshot, 'put_back', putBack)
    expect(told.total).toEqual({ missing: 2, newer: 0, changed: 0 })
    expect(told.refusals.inPlace).toBeNull()
    expect(told.putBack).toMatchObject({ conflicts: [], leftOut: [], notMissing: [] })
    expect((await compare(adapter, portal, snapshot, 'put_back', putBack)).digest).toBe(told.digest)
    const request = await readyToRestore(adapter, portal, snapshot, { ...putBackWay, putBack })
    const listed = await namesOf(adapter, portal)
    must(await adapter.rehearse(request, callOf()))
    expect(await namesOf(adapter, portal)).toEqual(listed)
    expect(await stateOf(portal)).toEqual(before)
    expect(must(await adapter.restore(request, callOf())).total).toEqual({ missing: 2, newer: 0, changed: 0 })
    expect(await stateOf(portal)).toEqual([['changed', 'gone 1', 'gone 2', 'since', 'stays'], ['task since']])
    const undo = { undoOf: request.journalDirectory, leaveOutConflicts: false }
    const back = await readyToRestore(adapter, portal, request.safety, { ...putBackWay, putBack: undo })
    expect(must(await adapter.undo(back, callOf())).total).toEqual({ missing: 0, newer: 2, changed: 0 })
    expect(await stateOf(portal)).toEqual(before)
  })

  test('S72 a record made again by hand is in conflict: listed, refused, and left out only where that is said', async () => {
    const { portal, snapshot, putBack, records } = await withDealsGone(adapter, makePortal)
    await portal.remakeDeal(records, 'by hand')
    const before = await stateOf(portal)
    const told = await compare(adapter, portal, snapshot, 'put_back', putBack)
    expect(told.putBack?.conflicts).toHaveLength(1)
    expect(told.refusals.inPlace).toMatchObject({ code: 'put_back_conflicts' })
    const request = await readyToRestore(adapter, portal, snapshot, { ...putBackWay, putBack })
    expect(await adapter.restore(request, callOf())).toMatchObject({ ok: false, refusal: { code: 'put_back_conflicts' } })
    expect(await stateOf(portal)).toEqual(before)
    const without = { ...putBack, leaveOutConflicts: true }
    const other = await readyToRestore(adapter, portal, snapshot, { ...putBackWay, putBack: without })
    expect(other.consented.digest).not.toBe(request.consented.digest)
    expect(must(await adapter.restore(other, callOf())).total.missing).toBe(1)
    expect(await portal.deals()).toEqual(['by hand', 'changed', 'gone 2', 'since', 'stays'])
  })

  test('put back: nothing comes that nobody consented to', async () => {
    const { portal, snapshot, putBack, records } = await withDealsGone(adapter, makePortal)
    const request = await readyToRestore(adapter, portal, snapshot, { ...putBackWay, putBack })
    const all: PutBackRequest = { records: records.map(({ table }) => ({ table, keys: 'all' })), leaveOutConflicts: false }
    await portal.removeDeals('stays')
    const before = await stateOf(portal)
    expect(await adapter.restore({ ...request, putBack: all }, callOf())).toMatchObject({
      ok: false,
      refusal: { code: 'put_back_grew' },
    })
    expect(await stateOf(portal)).toEqual(before)
  })

  test('S60 I15 R12 put back: cancelled before the commit, without its lease or without a safety copy, it changes nothing', async () => {
    const { portal, snapshot, putBack } = await withDealsGone(adapter, makePortal)
    const request = await readyToRestore(adapter, portal, snapshot, { ...putBackWay, putBack })
    const before = await stateOf(portal)
    for (const boundary of stoppable('in_place')) {
      const outcome = restoreStoppedAt(adapter, { ...request, journalDirectory: portal.journal() }, boundary)
      await expect(outcome, boundary).rejects.toThrow('stopped by hand')
      expect(await stateOf(portal), boundary).toEqual(before)
    }
    const fenced = await adapter.restore(
      { ...request, journalDirectory: portal.journal() },
      callOf({ mayCommit: async () => false }),
    )
    expect(fenced).toMatchObject({ ok: false, refusal: { code: 'commit_forbidden' } })
    await adapter.prune(portal.ref, request.safety)
    expect(await adapter.restore(request, callOf())).toMatchObject({ ok: false, refusal: { code: 'safety_copy_missing' } })
    expect(await stateOf(portal)).toEqual(before)
  })
  return checks
}

/** Two deals gone that are wanted back; one changed, one new, and a task, which are to stay. */
async function withDealsGone(
  adapter: SnapshotAdapter,
  makePortal: () => Promise<SpoilablePortal>,
): Promise<{ portal: SpoilablePortal; snapshot: SnapshotRef; records: ChosenRecords[]; putBack: PutBackRequest }> {
  const portal = await makePortal()
  await portal.addDeals('stays', 'gone 1', 'gone 2', 'changes')
  const { snapshot } = await capture(adapter, portal)
  const records = await portal.recordsOf('gone 1', 'gone 2')
  await portal.removeDeals('gone 1', 'gone 2')
  await portal.renameDeal('changes', 'changed')
  await portal.addDeals('since')
  await portal.addTasks('task since')
  return { portal, snapshot, records, putBack: { records, leaveOutConflicts: false } }
}

async function stateOf(portal: SpoilablePortal): Promise<string[][]> {
  return [await portal.deals(), await portal.tasks()]
}
