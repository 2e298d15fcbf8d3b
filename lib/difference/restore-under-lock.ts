import { insertRows, removeRows } from './apply.ts'
import { type Catalogue, readCatalogue, type Table, tableOids } from './catalogue.ts'
import { onBoth } from './compare/exact.ts'
import { findDrift } from './drift.ts'
import { type Edge, readEdges } from './edges.ts'
import { asRefusal } from './find-obstacles.ts'
import { interruptible } from './interrupt.ts'
import { Journal, readJournal } from './journal.ts'
import { carryLargeObject, describeLargeObjects, unnamedOutside } from './large-objects.ts'
import { lockTables } from './locks.ts'
import { findMoved } from './moved.ts'
import { nameKey } from './names.ts'
import { pass } from './observe.ts'
import { OutcomeUnknown, whatBecameOf } from './outcome.ts'
import { settle, type TablePlan } from './plan.ts'
import { giveBack, settleReferences, vanishingKeys } from './references.ts'
import { refuse } from './refusal.ts'
import type { Committed, Prepared, RestoreCounts, RestoreInPlace } from './restore-order.ts'
import { compareSequences, moveSequencesForward, readSequences } from './sequences.ts'
import { closeSide, isConnectionLoss, one, openSibling, run, type Side } from './side.ts'
import { awaken, silence } from './triggers.ts'
import { verifyTable } from './verify.ts'
import { largeObjectTable, refuseGrowth, type WipedSet } from './wiped-set.ts'

/** The part of a restore that writers wait for: from asking for the lock to the commit. The transaction has begun, nothing is locked yet. */
export async function restoreUnderLock(order: RestoreInPlace, writer: Side, prepared: Prepared, xid: string): Promise<Committed> {
  const watch = new Stopwatch()
  const { live } = prepared.plan.comparison
  await lockTables(writer, live.tables, order.lockTimeoutMs)
  watch.lap('lock')
  const watchdog = new AbortController()
  const timer = setTimeout(() => watchdog.abort(refuse('lock_held_too_long', { maxLockMs: order.maxLockMs })), order.maxLockMs)
  // Should this process stall or vanish, the server itself lets go of the lock.
  await run(writer, `SET LOCAL idle_in_transaction_session_timeout = ${Math.round(order.maxLockMs)}`)
  const signal = order.signal === undefined ? watchdog.signal : AbortSignal.any([order.signal, watchdog.signal])
  const journal = await Journal.begin(order.journalDirectory, xid)
  try {
    const done = await interruptible([writer, order.live, order.snapshot, ...prepared.readers], signal, () =>
      write({ ...order, signal }, writer, prepared, journal, watch),
    )
    await commit(order.live, writer, xid)
    watch.lap('commit')
    const committed: Committed = { outcome: 'committed', xid, ...done, writePauseMs: watch.total(), timings: watch.laps }
    await order.observe?.('restore:committed')
    return committed
  } finally {
    clearTimeout(timer)
    await journal.close()
  }
}

type Done = { readonly counts: RestoreCounts; readonly lastSnapshot: string }

async function write(order: RestoreInPlace, writer: Side, prepared: Prepared, journal: Journal, watch: Stopwatch): Promise<Done> {
  await pass(order, 'restore:locked')
  const { since } = await one<{ since: string }>(writer, 'SELECT pg_snapshot_xmax(pg_current_snapshot())::xid::text AS since')
  const { catalogue, edges } = await lookAgain(order, writer, prepared)
  watch.lap('structure')
  const { plans, rowsNow, movedRows } = await planAgain(order, writer, prepared)
  watch.lap('moved')
  // Large objects have no age, so what they did since the instant is not known; then nothing is claimed.
  await pass(order, 'restore:compared', prepared.objects.length === 0 ? { rows: movedRows } : undefined)
  const silenced: Table[] = [...catalogue.tables]
  await silence(writer, catalogue.tables)
  const vanishing = await vanishingKeys(writer, edges, plans)
  watch.lap('keys')
  for (const plan of plans) if (plan.remove.length > 0) await removeRows(writer, plan, journal, order)
  watch.lap('delete')
  await insertRows(writer, { snapshot: order.snapshot, frozen: order.live }, plans, order)
  watch.lap('insert')
  for (const plan of plans)
    await verifyTable(writer, plan, prepared.keys.get(plan.live.oid) ?? null, since, rowsNow.get(plan.live.oid) ?? 0)
  watch.lap('verify')
  const largeObjects = await restoreLargeObjects(order, writer, prepared, journal)
  watch.lap('largeObjects')
  const setting = {
    writer,
    snapshot: order.snapshot,
    frozen: order.live,
    writtenSince: since,
    plans,
    policies: order.edges,
    journal,
    silenced,
  }
  const references = await settleReferences(setting, edges, vanishing)
  const undone = order.giveBackFrom === undefined ? [] : (await readJournal(order.giveBackFrom)).references
  const referencesGivenBack = await giveBack(writer, edges, undone)
  watch.lap('references')
  await awaken(writer, silenced)
  await pass(order, 'restore:applied')
  await pass(order, 'restore:verified')
  await journal.seal()
  await pass(order, 'restore:journalled')
  const sequences = await forward(order, writer, prepared, catalogue)
  const { snapshot: lastSnapshot } = await one<{ snapshot: string }>(writer, 'SELECT pg_current_snapshot()::text AS snapshot')
  watch.lap('journal')
  await pass(order, 'restore:beforeCommit')
  if (!(await order.mayCommit())) throw refuse('commit_forbidden', {})
  watch.lap('mayCommit')
  const tables = plans
    .filter((plan) => plan.remove.length + plan.insert.length + plan.revive.length > 0)
    .map((plan) => ({
      table: { schema: plan.live.schema, name: plan.live.name },
      deleted: plan.remove.length,
      inserted: plan.insert.length + plan.revive.length,
    }))
  return { counts: { tables, largeObjects, references, referencesGivenBack, sequences }, lastSnapshot }
}

// The frozen side's own share locks kept columns and constraints still; triggers, rules, new tables and references need another look.
async function lookAgain(
  order: RestoreInPlace,
  writer: Side,
  prepared: Prepared,
): Promise<{ catalogue: Catalogue; edges: readonly Edge[] }> {
  const catalogue = await readCatalogue(writer, order.scope)
  const { drift } = findDrift(catalogue, prepared.plan.comparison.snapshot)
  if (drift[0] !== undefined) throw refuse(asRefusal(drift[0]).code, asRefusal(drift[0]).facts)
  const rules = catalogue.tables.find((table) => table.loudRules.length > 0)
  if (rules !== undefined) throw refuse('rule_always', { table: rules.quoted, rules: rules.loudRules })
  return { catalogue, edges: await readEdges(writer, catalogue) }
}

async function planAgain(
  order: RestoreInPlace,
  writer: Side,
  prepared: Prepared,
): Promise<{ plans: TablePlan[]; rowsNow: Map<number, number>; movedRows: number }> {
  const moved = await findMoved(writer, order.live, prepared.readers, prepared.plan.tables, prepared.horizon)
  const plans = moved.map(([plan, since]) => settle(plan, since))
  const rowsNow = new Map(moved.map(([plan, since]) => [plan.live.oid, since.rowsNow]))
  const movedRows = moved.reduce((sum, [, { fresh, gone }]) => sum + fresh.length + gone.length, 0)
  refuseGrowth(order, await wipedNow(writer, prepared, plans))
  return { plans, rowsNow, movedRows }
}

async function wipedNow(writer: Side, prepared: Prepared, plans: readonly TablePlan[]): Promise<WipedSet> {
  const tables = new Map<string, { table: { schema: string; name: string }; hashes: BigInt64Array }>()
  for (const { live, remove } of plans)
    if (remove.length > 0) tables.set(nameKey(live), { table: live, hashes: remove.hashes.slice().sort() })
  const objects = await describeLargeObjects(
    writer,
    prepared.objects.map(({ oid }) => oid),
  )
  const hashes = BigInt64Array.from(objects.values(), (object) => object.fingerprint).sort()
  if (hashes.length > 0) tables.set(nameKey(largeObjectTable), { table: largeObjectTable, hashes })
  return { tables }
}

async function restoreLargeObjects(order: RestoreInPlace, writer: Side, prepared: Prepared, journal: Journal): Promise<number> {
  const { objects } = prepared
  if (objects.length === 0) return 0
  const all = objects.map(({ oid }) => oid)
  const [now, then] = await onBoth(describeLargeObjects(writer, all), describeLargeObjects(order.snapshot, all))
  const surplus = all.filter((oid) => !then.has(oid))
  const unlinked = new Set(await unnamedOutside(writer, prepared.plan.comparison.live.tables, surplus))
  let changed = 0
  for (const oid of all) {
    const [here, there] = [now.get(oid), then.get(oid)]
    // Not in the snapshot, but named by a row outside the scope: somebody else's.
    if (here?.fingerprint === there?.fingerprint || (there === undefined && !unlinked.has(oid))) continue
    if (here !== undefined) await journal.keepLargeObject(writer, here)
    await carryLargeObject(writer, order.snapshot, oid, there)
    changed++
  }
  return changed
}

// Usually none, and no query. Live moving on since can only mean that less is to be done.
async function forward(
  order: RestoreInPlace,
  writer: Side,
  prepared: Prepared,
  catalogue: Catalogue,
): Promise<RestoreCounts['sequences']> {
  const { sequences } = prepared.plan.comparison
  if (compareSequences(sequences.live, sequences.snapshot).every(({ snapshotIsAhead }) => !snapshotIsAhead)) return []
  const now = await readSequences(writer, order.scope, tableOids(catalogue))
  return moveSequencesForward(writer, compareSequences(now, sequences.snapshot))
}

async function commit(live: Side, writer: Side, xid: string): Promise<void> {
  try {
    await run(writer, 'COMMIT')
  } catch (error) {
    if (!isConnectionLoss(error)) throw error
    if (!(await wasCommitted(live, writer, xid, error))) throw error
  }
}

// The server ends a backend whose client is gone; until then the answer is "in progress", and then it is known for good.
async function wasCommitted(live: Side, writer: Side, xid: string, cause: unknown): Promise<boolean> {
  try {
    const asker = await openSibling(live)
    try {
      await run(asker, `SELECT pg_terminate_backend(${writer.backendPid}, 10000)`)
      const became = await whatBecameOf(asker, xid)
      if (became === 'committed' || became === 'aborted') return became === 'committed'
    } finally {
      await closeSide(asker)
    }
  } catch (error) {
    if (!isConnectionLoss(error)) throw error
  }
  throw new OutcomeUnknown(xid, { cause })
}

class Stopwatch {
  readonly laps: Record<string, number> = {}
  readonly #began = performance.now()
  #last = this.#began

  lap(name: string): void {
    const now = performance.now()
    this.laps[name] = Math.round((now - this.#last) * 10) / 10
    this.#last = now
  }

  total(): number {
    return Math.round((performance.now() - this.#began) * 10) / 10
  }
}
