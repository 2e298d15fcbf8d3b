import { writeFileSync } from 'node:fs'
import { expect, test as vitestTest } from 'vitest'
import {
  type ExtractedRows,
  type ExtractRequest,
  type RestoreTrace,
  restoreTraceSchema,
  type SearchRequest,
  type SnapshotAdapter,
  type SnapshotRef,
  type Withheld,
} from '../port.ts'
import { type Check, collectChecks } from './check.ts'
import { filesChecks } from './files-checks.ts'
import { momentChecks } from './moment-checks.ts'
import { pausedChecks } from './paused-checks.ts'
import { putBackChecks } from './put-back-checks.ts'
import {
  callOf,
  capture,
  captureRequest,
  compare,
  must,
  namesOf,
  readyToRestore,
  restoreStoppedAt,
  type SpoilablePortal,
  spoiled,
  stoppable,
} from './steps.ts'

/** Every check as a test of its own: call it inside a `describe`. */
export function conformanceSuite(adapter: SnapshotAdapter, makePortal: () => Promise<SpoilablePortal>): void {
  // The kit tells what was declared by the very adapter that was asked.
  const { ADAPTER_KIT_DECLARED: told } = process.env
  if (told !== undefined) writeFileSync(told, JSON.stringify(adapter.capabilities))
  for (const { name, run } of conformanceChecks(adapter, makePortal)) vitestTest(name, run)
}

/** What any adapter must keep to, whatever is behind it, check by check. What an adapter declares false is not asked of it. */
export function conformanceChecks(adapter: SnapshotAdapter, makePortal: () => Promise<SpoilablePortal>): Check[] {
  const can = adapter.capabilities
  const { checks, test } = collectChecks()

  test('a snapshot is listed once finished, holds what its manifest says, and is gone once pruned', async () => {
    const portal = await makePortal()
    await portal.addDeals('one', 'two')
    const captured = await capture(adapter, portal)
    expect(await adapter.list(portal.ref)).toMatchObject([{ ...captured.snapshot, portalId: portal.ref.id, purpose: 'snapshot' }])
    expect(await adapter.describe(portal.ref, captured.snapshot)).toEqual(captured.manifest)
    expect(await adapter.verify(portal.ref, captured.snapshot, captured.manifest)).toEqual({ ok: true })
    await adapter.prune(portal.ref, captured.snapshot)
    await adapter.prune(portal.ref, captured.snapshot)
    expect(await adapter.list(portal.ref)).toEqual([])
  })

  test('S26 a copy that does not hold what the manifest says is not called whole', async () => {
    const portal = await makePortal()
    await portal.addDeals('one', 'two')
    const { snapshot, manifest } = await capture(adapter, portal)
    const tables = manifest.tables.map((table) => ({ ...table, rows: table.rows + 1 }))
    expect(await adapter.verify(portal.ref, snapshot, { ...manifest, tables })).toMatchObject({ ok: false })
  })

  test('I10 pruning one snapshot leaves every other where it is', async () => {
    const portal = await makePortal()
    await portal.addDeals('one')
    const held = await capture(adapter, portal)
    const gone = await capture(adapter, portal, held.snapshot)
    await adapter.prune(portal.ref, gone.snapshot)
    expect(await adapter.list(portal.ref)).toMatchObject([{ ...held.snapshot }])
    expect(await adapter.verify(portal.ref, held.snapshot, held.manifest)).toEqual({ ok: true })
  })

  test('I7 one key, one snapshot, one answer', async () => {
    const portal = await makePortal()
    const request = captureRequest(portal, crypto.randomUUID(), null)
    const once = callOf()
    const first = await adapter.capture(request, once)
    // The baseline is measured once; whoever asks again does without.
    expect(await adapter.capture(request, once)).toEqual({ ...first, baseline: null })
    expect(await adapter.list(portal.ref)).toHaveLength(1)
  })

  if (can.deletionCounts)
    test('R15 what is deleted between two calls is told once, by table, with whether it belongs to the CRM', async () => {
      const portal = await makePortal()
      const count = async (mark: string | null) => {
        const counts = await adapter.countDeletions?.(portal.ref, mark)
        if (counts === undefined) throw new Error('deletionCounts is declared, and countDeletions is missing')
        return counts
      }
      await portal.addDeals('one', 'two', 'three')
      const first = await count(null)
      expect(first.deleted).toBeNull()
      await portal.removeDeals('one', 'two')
      const second = await count(first.mark)
      expect(second.deleted).toMatchObject([{ rows: 2, inCrm: true }])
      expect((await count(second.mark)).deleted).toEqual([])
    })

  if (can.onlineCapture)
    test('a capture after the first disconnects nobody, and tells by what it differs from the one before', async () => {
      const portal = await makePortal()
      await portal.addDeals('stays', 'goes', 'changes')
      const first = await capture(adapter, portal)
      await portal.removeDeals('goes')
      await portal.renameDeal('changes', 'changed')
      await portal.addDeals('new 1', 'new 2')
      const second = await capture(adapter, portal, first.snapshot)
      expect(second).toMatchObject({ way: 'online', barredMs: 0, sessionsEnded: 0, physicalBecause: null })
      expect(second.changes).toEqual({ missing: 1, newer: 2, changed: 1 })
      expect(await adapter.verify(portal.ref, first.snapshot, first.manifest)).toEqual({ ok: true })
    })

  if (can.compare)
    test('a comparison counts what comes back, goes and changes, touches nothing, and says the same twice', async () => {
      const { portal, snapshot } = await spoiled(adapter, makePortal)
      const before = [await portal.deals(), await portal.tasks()]
      const once = await compare(adapter, portal, snapshot, 'crm')
      const twice = await compare(adapter, portal, snapshot, 'crm')
      expect(once.total).toEqual({ missing: 1, newer: 2, changed: 1 })
      expect(twice.digest).toBe(once.digest)
      expect([await portal.deals(), await portal.tasks()]).toEqual(before)
      await portal.addDeals('one more')
      expect((await compare(adapter, portal, snapshot, 'crm')).digest).not.toBe(once.digest)
    })

  if (can.search)
    test('S115 a search tells where each record still is; no character of the words is special', async () => {
      const portal = await makePortal()
      const titles = ['stays here', 'goes away', 'is changed', `50% of "Łódź_1" \\ O'Neill`]
      await portal.addDeals(...titles)
      const older = (await capture(adapter, portal)).snapshot
      await portal.removeDeals('goes away')
      await portal.renameDeal('is changed', 'another name')
      const newer = (await capture(adapter, portal, older)).snapshot
      await portal.addDeals('since then')
      const points = [newer, older]
      const [both, old, none] = [points.map(({ id }) => id), [older.id], []]
      const look = async (words: string, limit = 10) => {
        const found = await adapter.search({ ...searchRequest(portal, points), words, limit })
        expect(found.leftOut).toEqual([])
        return found
      }
      const where = async (words: string) =>
        (await look(words)).records.map(({ live, presentIn, changedSince }) => ({ live, presentIn, changedSince }))
      expect(await where('STAYS')).toEqual([{ live: true, presentIn: both, changedSince: null }])
      expect(await where('away goes')).toEqual([{ live: false, presentIn: old, changedSince: null }])
      expect(await where('is changed')).toEqual([{ live: true, presentIn: both, changedSince: older.id }])
      expect(await where('since then')).toEqual([{ live: true, presentIn: none, changedSince: null }])
      for (const words of ['nowhere', 'stays away', '', ' ', '%', '_', '.', 'stays.here', '\\', '(', '[a-z]', '*', "'"])
        expect([words, (await look(words)).records.length]).toEqual([words, ['%', '_', '\\', "'"].includes(words) ? 1 : 0])
      expect(await where(`o'neill "lodz_1" 50% \\`)).toHaveLength(1)
      expect(await look('e', 1)).toMatchObject({ records: [{ live: false }], truncated: true })
      expect((await look('e', 0)).records).toEqual([])
    })

  if (can.recycleBin)
    test('S36 a record that the portal keeps in its own recycle bin is told from one that is gone, and from one that nobody deleted', async () => {
      const portal = await makePortal()
      await portal.addDeals('bin it', 'keep it', 'lose it')
      const { snapshot } = await capture(adapter, portal)
      expect(portal.binDeal).toBeDefined()
      const columns = await portal.binDeal?.('bin it')
      await portal.removeDeals('lose it')
      const request = { ...searchRequest(portal, [snapshot]), columns: columns ? [columns] : [], limit: 10 }
      const found = await adapter.search({ ...request, words: 'it' })
      const told = found.records.map(({ title, live, inBin }) => ({ title, live, since: inBin?.since?.slice(0, 16) }))
      expect(told.sort((one, other) => (one.title ?? '').localeCompare(other.title ?? ''))).toEqual([
        { title: 'bin it', live: true, since: '2026-05-05 10:00' },
        { title: 'keep it', live: true, since: undefined },
        { title: 'lose it', live: false, since: undefined },
      ])
    })

  if (can.extract)
    test('what is new or changed in a snapshot is extracted as it was there, the same each time it is read', async () => {
      const { portal, snapshot } = await spoiled(adapter, makePortal)
      const later = await capture(adapter, portal, snapshot)
      await portal.addDeals('too late')
      const request: ExtractRequest = {
        portal: portal.ref,
        source: later.snapshot,
        what: { kind: 'difference', against: [snapshot], scope: 'crm' },
      }
      const words = ['changes', 'changed', 'goes', 'stays', 'since 1', 'since 2', 'too late', 'task since']
      await adapter.extract(request, async (tables) => {
        const read = async () => {
          const found: string[] = []
          for (const table of tables)
            for await (const { change, values } of table.read())
              found.push(`${change}: ${words.find((word) => values.includes(word))}`)
          return found.sort()
        }
        expect(await read()).toEqual(['changed: changed', 'newer: since 1', 'newer: since 2'])
        expect(await read()).toEqual(['changed: changed', 'newer: since 1', 'newer: since 2'])
      })
    })

  if (can.extract)
    test('what is withheld is in no extract: neither the table nor the column, and both are named', async () => {
      const { portal, snapshot } = await spoiled(adapter, makePortal)
      const later = await capture(adapter, portal, snapshot)
      const what: ExtractedRows = { kind: 'difference', against: [snapshot], scope: 'crm' }
      const extract = <T>(withheld: Withheld, use: Parameters<typeof adapter.extract<T>>[1]) =>
        adapter.extract({ portal: { ...portal.ref, withheld }, source: later.snapshot, what }, use)
      const [known] = await extract({ tables: [], columns: [] }, async (tables) => tables)
      if (!known) throw new Error('nothing is extracted of a portal whose deals have changed')
      const table = { schema: known.schema, name: known.table }
      const column = known.columns.at(-1)?.name ?? ''
      await extract({ tables: [], columns: [{ table, columns: [column] }] }, async ([narrower]) => {
        expect(narrower?.columns.map(({ name }) => name)).toEqual(known.columns.map(({ name }) => name).slice(0, -1))
        expect(narrower?.withheld).toEqual([column])
        for await (const { values } of narrower?.read() ?? []) expect(values).toHaveLength(known.columns.length - 1)
      })
      await extract({ tables: [table], columns: [] }, async (tables, withheldTables) => {
        expect([tables.map(({ table: name }) => name), withheldTables]).toEqual([[], [table]])
      })
    })

  const ways = [
    { way: 'in_place', scope: 'crm', offered: can.restoreInPlace },
    { way: 'in_place', scope: 'full', offered: can.restoreInPlace },
    { way: 'swap', scope: 'full', offered: can.restoreSwap },
  ] as const
  for (const { way, scope } of ways.filter(({ offered }) => offered)) {
    test(`${scope} ${way}: rehearsed without a trace, restored as consented, and undone`, async () => {
      const { portal, snapshot } = await spoiled(adapter, makePortal)
      const spoiledState = [await portal.deals(), await portal.tasks()]
      const request = await readyToRestore(adapter, portal, snapshot, { way, scope })
      const listed = await namesOf(adapter, portal)
      const rehearsed = await adapter.rehearse(request, callOf())
      expect(rehearsed).toMatchObject({ ok: true })
      expect(await namesOf(adapter, portal)).toEqual(listed)
      expect([await portal.deals(), await portal.tasks()]).toEqual(spoiledState)
      must(await adapter.restore(request, callOf()))
      expect(await portal.deals()).toEqual(['changes', 'goes', 'stays'])
      expect(await portal.tasks()).toEqual(scope === 'full' ? ['call'] : ['call', 'task since'])
      const back = await readyToRestore(adapter, portal, request.safety, { way, scope, giveBackFrom: request.journalDirectory })
      must(await adapter.undo(back, callOf()))
      expect([await portal.deals(), await portal.tasks()]).toEqual(spoiledState)
    })

    test(`I4 R11 ${scope} ${way}: what nobody consented to lose is not wiped`, async () => {
      const { portal, snapshot } = await spoiled(adapter, makePortal)
      const request = await readyToRestore(adapter, portal, snapshot, { way, scope })
      await portal.addDeals('after the consent')
      expect(await adapter.restore(request, callOf())).toMatchObject({ ok: false, refusal: { code: 'loss_grew' } })
      expect(await portal.deals()).toContain('after the consent')
      const tolerant = { ...request, consented: { ...request.consented, toleranceRows: 1 }, journalDirectory: portal.journal() }
      must(await adapter.restore(tolerant, callOf()))
      expect(await portal.deals()).toEqual(['changes', 'goes', 'stays'])
    })

    test(`S60 I15 ${scope} ${way}: cancelled before the commit, or without its lease, it changes nothing`, async () => {
      const { portal, snapshot } = await spoiled(adapter, makePortal)
      const request = await readyToRestore(adapter, portal, snapshot, { way, scope })
      const state = await portal.deals()
      for (const boundary of stoppable(way)) {
        const outcome = restoreStoppedAt(adapter, { ...request, journalDirectory: portal.journal() }, boundary)
        await expect(outcome, boundary).rejects.toThrow('stopped by hand')
        expect(await portal.deals(), boundary).toEqual(state)
      }
      const fenced = await adapter.restore(
        { ...request, journalDirectory: portal.journal() },
        callOf({ mayCommit: async () => false }),
      )
      expect(fenced).toMatchObject({ ok: false, refusal: { code: 'commit_forbidden' } })
      expect(await portal.deals()).toEqual(state)
    })

    test(`S50 ${scope} ${way}: what became of it is known from its trace`, async () => {
      const { portal, snapshot } = await spoiled(adapter, makePortal)
      const request = await readyToRestore(adapter, portal, snapshot, { way, scope })
      const traces: RestoreTrace[] = []
      const watched = callOf({
        observe: async (boundary, detail) => {
          if (boundary === 'restore.begin' || boundary === 'swap.commit') traces.push(restoreTraceSchema.parse(detail))
        },
      })
      await adapter.restore(request, { ...watched, mayCommit: async () => false })
      const again = { ...watched, idempotencyKey: crypto.randomUUID() }
      must(await adapter.restore({ ...request, journalDirectory: portal.journal() }, again))
      const fates = await Promise.all(traces.map((trace) => adapter.whatBecame(portal.ref, trace)))
      expect(fates[0]).toBe('rolled_back')
      expect(fates.at(-1)).toBe('committed')
    })
  }

  test('R12 nothing is overwritten without a finished safety copy', async () => {
    const { portal, snapshot } = await spoiled(adapter, makePortal)
    const request = await readyToRestore(adapter, portal, snapshot, {
      way: can.restoreInPlace ? 'in_place' : 'swap',
      scope: 'full',
    })
    await adapter.prune(portal.ref, request.safety)
    const state = await portal.deals()
    expect(await adapter.restore(request, callOf())).toMatchObject({ ok: false, refusal: { code: 'safety_copy_missing' } })
    expect(await portal.deals()).toEqual(state)
  })

  return [
    ...checks,
    ...(can.putBack ? putBackChecks(adapter, makePortal) : []),
    ...(can.releaseOutbound ? pausedChecks(adapter, makePortal) : []),
    ...(can.files ? filesChecks(adapter, makePortal) : []),
    ...(can.anyMoment ? momentChecks(adapter, makePortal) : []),
  ]
}

function searchRequest({ ref }: SpoilablePortal, points: SnapshotRef[]) {
  return {
    portal: ref,
    points,
    scope: 'full',
    columns: [],
    trail: null,
    timeLimitMs: 20_000,
  } as const satisfies Partial<SearchRequest>
}
