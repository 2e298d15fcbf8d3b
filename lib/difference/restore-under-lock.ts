import { insertRows, removeRows } from './apply.ts'
import type { Table } from './catalogue.ts'
import { onBoth } from './compare/row-difference.ts'
import { readEdges, readForeignKeys, readKeptKeys } from './edges.ts'
import { erasedEdges, erasedStanding, movedWithoutErased, refuseReturned } from './erased.ts'
import { forwardSequences } from './forward-sequences.ts'
import { type Journal, readJournal } from './journal.ts'
import { carryLargeObject, describeLargeObjects, unnamedOutside } from './large-objects.ts'
import { lookAgain } from './look-again.ts'
import { findMoved } from './moved.ts'
import { nameKey } from './names.ts'
import { pass } from './observe.ts'
import { settle, type TablePlan } from './plan.ts'
import { giveKept, type KeptValues, readKept } from './protected-columns.ts'
import { giveBack, settleReferences, vanishingKeys } from './references.ts'
import { refuse } from './refusal.ts'
import type { Committed, Prepared, RestoreInPlace } from './restore-order.ts'
import { one, type Side } from './side.ts'
import { awaken, silence } from './triggers.ts'
import { type Done, type Stopwatch, underLock } from './under-lock.ts'
import { verifyTable } from './verify.ts'
import { largeObjectTable, refuseGrowth, type WipedSet } from './wiped-set.ts'

/** The part of a restore that writers wait for: from asking for the lock to the commit. The transaction has begun, nothing is locked yet. */
export async function restoreUnderLock(order: RestoreInPlace, writer: Side, prepared: Prepared, xid: string): Promise<Committed> {
  const { tables } = prepared.plan.comparison.live
  await prepared.tail?.follow()
  return underLock(order, { writer, xid, tables, readers: prepared.readers }, (watched, journal, watch) =>
    write(watched, writer, prepared, journal, watch),
  )
}

async function write(order: RestoreInPlace, writer: Side, prepared: Prepared, journal: Journal, watch: Stopwatch): Promise<Done> {
  await pass(order, 'restore:locked')
  const { since } = await one<{ since: string }>(writer, 'SELECT pg_snapshot_xmax(pg_current_snapshot())::xid::text AS since')
  const catalogue = await lookAgain(writer, order.scope, prepared.plan.comparison.snapshot)
  const { erased } = prepared.plan.comparison
  const ofErased = erased.size === 0 ? [] : erasedEdges(await readForeignKeys(writer, catalogue), catalogue, erased)
  const edges = [...(await readEdges(writer, catalogue)), ...(await readKeptKeys(writer, catalogue)), ...ofErased]
  watch.lap('structure')
  const { plans, rowsNow, movedRows } = await planAgain(order, writer, prepared)
  watch.lap('moved')
  // Large objects have no age, so what they did since the instant is not known; then nothing is claimed.
  await pass(order, 'restore:compared', prepared.objects.length === 0 ? { rows: movedRows } : undefined)
  const silenced: Table[] = [...catalogue.tables]
  await silence(writer, catalogue.tables)
  const vanishing = await vanishingKeys(writer, edges, plans)
  watch.lap('keys')
  const standing = await erasedStanding(writer, catalogue.tables, erased)
  const kept = new Map<TablePlan, KeptValues>()
  for (const plan of plans) {
    const values = await readKept(writer, plan.live, plan.remove)
    if (values !== null) kept.set(plan, values)
  }
  for (const plan of plans) if (plan.remove.length > 0) await removeRows(writer, plan, journal, order)
  watch.lap('delete')
  await insertRows(writer, { snapshot: order.snapshot, frozen: order.live }, plans, order)
  for (const [plan, values] of kept) await giveKept(writer, plan.live, values)
  watch.lap('insert')
  for (const plan of plans)
    await verifyTable(writer, plan, prepared.keys.get(plan.live.oid) ?? null, since, rowsNow.get(plan.live.oid) ?? 0)
  refuseReturned(standing, await erasedStanding(writer, catalogue.tables, erased))
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
  const sequences = await forwardSequences(writer, order.scope, prepared.plan.comparison, catalogue)
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

async function planAgain(
  order: RestoreInPlace,
  writer: Side,
  prepared: Prepared,
): Promise<{ plans: TablePlan[]; rowsNow: Map<number, number>; movedRows: number }> {
  const { tables, comparison } = prepared.plan
  const written = (await prepared.tail?.writtenBlocks(writer)) ?? null
  const movedAtAll = await findMoved(writer, order.live, prepared.readers, tables, prepared.horizon, written)
  const moved = await movedWithoutErased(writer, comparison.erased, movedAtAll)
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
