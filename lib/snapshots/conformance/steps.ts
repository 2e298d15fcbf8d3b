import {
  type Boundary,
  boundaries,
  type Call,
  type Captured,
  type ChosenRecords,
  type Comparison,
  type Outcome,
  type PortalRef,
  type PutBackRequest,
  type Restored,
  type RestoreRequest,
  type RestoreScope,
  type SnapshotAdapter,
  type SnapshotRef,
  type TableColumns,
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
  /** For adapters that can put back: how the port names these deals, asked while they are there. */
  recordsOf: (...titles: string[]) => Promise<ChosenRecords[]>
  /** For adapters that know the portal's own recycle bin: throws a deal into it, and says how the portal marks that. */
  binDeal?: (title: string) => Promise<TableColumns>
  /** For adapters that release what came back paused: gives each deal an action that is `scheduled`, and comes back as `paused`. */
  makeOutbound?: () => Promise<{
    protection: NonNullable<PortalRef['protection']>
    /** `title: state`, by title. */
    actions: () => Promise<string[]>
    decide: (title: string, state: string) => Promise<void>
  }>
  /** For adapters that keep files: an empty tree for the portal. */
  makeFiles?: () => Promise<SpoilableFiles>
  /** Makes a deal by hand under the key of one that is gone. */
  remakeDeal: (gone: ChosenRecords[], title: string) => Promise<void>
}

/** `path` is the portal's `filesPath`; all other paths are below it. `besides`: what lies beside the tree and is not the tree. */
export type SpoilableFiles = {
  path: string
  put: (path: string, text: string) => Promise<void>
  remove: (path: string) => Promise<void>
  /** `path: text`, by path. */
  all: () => Promise<string[]>
  besides: () => Promise<string[]>
}

/** A portal with a snapshot, spoiled since: one deal gone, two new, one changed, and a task that is none of the scope's business. */
export async function spoiled(
  adapter: SnapshotAdapter,
  makePortal: () => Promise<SpoilablePortal>,
): Promise<{ portal: SpoilablePortal; snapshot: SnapshotRef }> {
  const portal = await makePortal()
  await portal.addDeals('stays', 'goes', 'changes')
  await portal.addTasks('call')
  const snapshot = keptOf(await capture(adapter, portal))
  await portal.removeDeals('goes')
  await portal.renameDeal('changes', 'changed')
  await portal.addDeals('since 1', 'since 2')
  await portal.addTasks('task since')
  return { portal, snapshot }
}

/** A snapshot as the desk hands it back: with the baseline that its capture gave. */
function keptOf({ snapshot, baseline }: Captured): SnapshotRef {
  return { ...snapshot, baseline }
}

export async function readyToRestore(
  adapter: SnapshotAdapter,
  portal: SpoilablePortal,
  snapshot: SnapshotRef,
  { giveBackFrom = null, ...chosen }: Pick<RestoreRequest, 'way' | 'scope' | 'putBack'> & { giveBackFrom?: string | null },
): Promise<RestoreRequest> {
  const safety = await capture(adapter, portal, null, 'safety')
  const { digest, wiped } = await compare(adapter, portal, snapshot, chosen.scope, chosen.putBack)
  return {
    ...chosen,
    portal: portal.ref,
    snapshot,
    safety: keptOf(safety),
    edgeHandling: { '*': 'null' },
    consented: { digest, wiped, toleranceRows: 0 },
    journalDirectory: portal.journal(),
    giveBackFrom,
    limits: { lockWaitMs: 5_000, lockHeldMs: 20_000 },
  }
}

/** The boundaries at which a restore can still be stopped. */
export function stoppable(way: RestoreRequest['way']): Boundary[] {
  const all: readonly Boundary[] = way === 'swap' ? boundaries.swap : boundaries.inPlace
  return all.slice(0, all.indexOf(way === 'swap' ? 'swap.commit' : 'restore.commit') + 1)
}

export async function restoreStoppedAt(
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

export async function capture(
  adapter: SnapshotAdapter,
  portal: SpoilablePortal,
  previous: SnapshotRef | null = null,
  purpose: 'snapshot' | 'safety' = 'snapshot',
): Promise<Captured> {
  return must(await adapter.capture({ ...captureRequest(portal, crypto.randomUUID(), previous), purpose }, callOf()))
}

export function captureRequest({ ref }: SpoilablePortal, snapshotId: string, previous: SnapshotRef | null) {
  return { portal: ref, snapshotId, purpose: 'snapshot', previous, mayBar: 'when_needed', barTimeoutMs: 10_000 } as const
}

export function compare(
  adapter: SnapshotAdapter,
  { ref }: SpoilablePortal,
  snapshot: SnapshotRef,
  scope: RestoreScope,
  putBack?: PutBackRequest,
): Promise<Comparison> {
  return adapter.compare({
    portal: ref,
    snapshot,
    scope,
    columns: [],
    examplesPerTable: 5,
    edgeHandling: { '*': 'null' },
    ...(putBack === undefined ? {} : { putBack }),
  })
}

export function callOf(change: Partial<Call> = {}): Call {
  return {
    idempotencyKey: crypto.randomUUID(),
    observe: async () => undefined,
    signal: new AbortController().signal,
    mayCommit: async () => true,
    ...change,
  }
}

export function must<T>(outcome: Outcome<T>): { ok: true } & T {
  if (outcome.ok) return outcome
  throw new Error(`refused: ${JSON.stringify(outcome.refusal)}`)
}

/** Which snapshots there are; how many bytes each takes is the storage's affair and may change by itself. */
export async function namesOf(adapter: SnapshotAdapter, portal: SpoilablePortal): Promise<string[]> {
  return (await adapter.list(portal.ref)).map(({ databaseName, purpose }) => `${purpose} ${databaseName}`)
}
