import { expect, test } from 'vitest'
import {
  type Boundary,
  boundaries,
  type Call,
  type Captured,
  type Comparison,
  type Outcome,
  type PortalRef,
  type Restored,
  type RestoreRequest,
  type RestoreScope,
  type RestoreTrace,
  restoreTraceSchema,
  type SnapshotAdapter,
  type SnapshotRef,
} from '../port.ts'

/**
 * A portal that the suite may spoil, as the adapter's author makes it: deals in the `crm` scope, tasks outside it. Each word is one record.
 * `journal()` gives an empty directory that outlives the call.
 */
export type SpoilablePortal = {
  ref: PortalRef
  addDeals: (...titles: string[]) => Promise<void>
  removeDeals: (...titles: string[]) => Promise<void>
  renameDeal: (from: string, to: string) => Promise<void>
  addTasks: (...titles: string[]) => Promise<void>
  deals: () => Promise<string[]>
  tasks: () => Promise<string[]>
  journal: () => string
}

/** What any adapter must keep to, whatever is behind it: call it inside a `describe`. What an adapter declares false is not asked of it. */
export function conformanceSuite(adapter: SnapshotAdapter, makePortal: () => Promise<SpoilablePortal>): void {
  const can = adapter.capabilities

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

  test('I7 one key, one snapshot, one answer', async () => {
    const portal = await makePortal()
    const request = captureRequest(portal, crypto.randomUUID(), null)
    const once = callOf()
    expect(await adapter.capture(request, once)).toEqual(await adapter.capture(request, once))
    expect(await adapter.list(portal.ref)).toHaveLength(1)
  })

  test.runIf(can.onlineCapture)(
    'a capture after the first disconnects nobody, and tells by what it differs from the one before',
    async () => {
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
    },
  )

  test.runIf(can.compare)(
    'a comparison counts what comes back, goes and changes, touches nothing, and says the same twice',
    async () => {
      const { portal, snapshot } = await spoiled(adapter, makePortal)
      const before = [await portal.deals(), await portal.tasks()]
      const once = await compare(adapter, portal, snapshot, 'crm')
      const twice = await compare(adapter, portal, snapshot, 'crm')
      expect(once.total).toEqual({ missing: 1, newer: 2, changed: 1 })
      expect(twice.digest).toBe(once.digest)
      expect([await portal.deals(), await portal.tasks()]).toEqual(before)
      await portal.addDeals('one more')
      expect((await compare(adapter, portal, snapshot, 'crm')).digest).not.toBe(once.digest)
    },
  )

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
      must(await adapter.restore({ ...request, journalDirectory: portal.journal() }, watched))
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
}

/** A portal with a snapshot, spoiled since: one deal gone, two new, one changed, and a task that is none of the scope's business. */
async function spoiled(
  adapter: SnapshotAdapter,
  makePortal: () => Promise<SpoilablePortal>,
): Promise<{ portal: SpoilablePortal; snapshot: SnapshotRef }> {
  const portal = await makePortal()
  await portal.addDeals('stays', 'goes', 'changes')
  await portal.addTasks('call')
  const { snapshot } = await capture(adapter, portal)
  await portal.removeDeals('goes')
  await portal.renameDeal('changes', 'changed')
  await portal.addDeals('since 1', 'since 2')
  await portal.addTasks('task since')
  return { portal, snapshot }
}

async function readyToRestore(
  adapter: SnapshotAdapter,
  portal: SpoilablePortal,
  snapshot: SnapshotRef,
  { giveBackFrom = null, ...chosen }: Pick<RestoreRequest, 'way' | 'scope'> & { giveBackFrom?: string | null },
): Promise<RestoreRequest> {
  const safety = await capture(adapter, portal, null, 'safety')
  const { digest, wiped } = await compare(adapter, portal, snapshot, chosen.scope)
  return {
    ...chosen,
    portal: portal.ref,
    snapshot,
    safety: safety.snapshot,
    edgeHandling: { '*': 'null' },
    consented: { digest, wiped, toleranceRows: 0 },
    journalDirectory: portal.journal(),
    giveBackFrom,
    limits: { lockWaitMs: 5_000, lockHeldMs: 20_000 },
  }
}

/** The boundaries at which a restore can still be stopped. */
function stoppable(way: RestoreRequest['way']): Boundary[] {
  const all: readonly Boundary[] = way === 'swap' ? boundaries.swap : boundaries.inPlace
  return all.slice(0, all.indexOf(way === 'swap' ? 'swap.commit' : 'restore.commit') + 1)
}

async function restoreStoppedAt(
  adapter: SnapshotAdapter,
  request: RestoreRequest,
  boundary: Boundary,
): Promise<Outcome<Restored>> {
  const stopped = new AbortController()
  const observe: Call['observe'] = async (passed) => {
    if (passed === boundary) stopped.abort(new Error('stopped by hand'))
  }
  return adapter.restore(request, callOf({ signal: stopped.signal, observe }))
}

async function capture(
  adapter: SnapshotAdapter,
  portal: SpoilablePortal,
  previous: SnapshotRef | null = null,
  purpose: 'snapshot' | 'safety' = 'snapshot',
): Promise<Captured> {
  return must(await adapter.capture({ ...captureRequest(portal, crypto.randomUUID(), previous), purpose }, callOf()))
}

function captureRequest({ ref }: SpoilablePortal, snapshotId: string, previous: SnapshotRef | null) {
  return { portal: ref, snapshotId, purpose: 'snapshot', previous, mayBar: 'when_needed', barTimeoutMs: 10_000 } as const
}

function compare(
  adapter: SnapshotAdapter,
  { ref }: SpoilablePortal,
  snapshot: SnapshotRef,
  scope: RestoreScope,
): Promise<Comparison> {
  return adapter.compare({ portal: ref, snapshot, scope, columns: [], examplesPerTable: 5, edgeHandling: { '*': 'null' } })
}

function callOf(change: Partial<Call> = {}): Call {
  return {
    idempotencyKey: crypto.randomUUID(),
    observe: async () => undefined,
    signal: new AbortController().signal,
    mayCommit: async () => true,
    ...change,
  }
}

function must<T>(outcome: Outcome<T>): { ok: true } & T {
  if (outcome.ok) return outcome
  throw new Error(`refused: ${JSON.stringify(outcome.refusal)}`)
}

/** Which snapshots there are; how many bytes each takes is the storage's affair and may change by itself. */
async function namesOf(adapter: SnapshotAdapter, portal: SpoilablePortal): Promise<string[]> {
  return (await adapter.list(portal.ref)).map(({ databaseName, purpose }) => `${purpose} ${databaseName}`)
}
