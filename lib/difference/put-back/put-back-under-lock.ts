import { insertRows } from '../apply.ts'
import type { KeyTexts } from '../by-key.ts'
import type { TableDifference } from '../difference.ts'
import { readForeignKeys } from '../edges.ts'
import { forwardSequences } from '../forward-sequences.ts'
import type { InsertedRows, Journal } from '../journal.ts'
import { carryLargeObject, describeLargeObjects, type LargeObject } from '../large-objects.ts'
import { lookAgain } from '../look-again.ts'
import { findMoved, type Horizon, type Moved } from '../moved.ts'
import { nameKey } from '../names.ts'
import { pass } from '../observe.ts'
import type { TablePlan } from '../plan.ts'
import { refuse } from '../refusal.ts'
import type { Committed } from '../restore-order.ts'
import { type Row, rowSetOf, rowsOf } from '../row-set.ts'
import type { Scope } from '../scope.ts'
import { one, type Side } from '../side.ts'
import { awaken, silence } from '../triggers.ts'
import { type Done, type Stopwatch, underLock } from '../under-lock.ts'
import { verifyTable } from '../verify.ts'
import type { WalTail } from '../wal-tail.ts'
import { findDangling } from './find-dangling.ts'
import { keysOfRows } from './name-rows.ts'
import type { PutBack } from './order.ts'
import { conflictFacts, findRowConflicts, type PutBackPlan } from './plan-put-back.ts'
import { Returning } from './returning.ts'

/** What is ready before the lock. */
export type PreparedPutBack = {
  readonly scope: Scope
  readonly plan: PutBackPlan
  /** Only tables to which rows come back. */
  readonly tables: readonly TablePlan[]
  readonly keys: ReadonlyMap<number, KeyTexts | null>
  readonly horizon: Horizon
  readonly tail: WalTail | null
  readonly readers: readonly Side[]
}

/** The part of a put-back that writers wait for. All tables within reach are locked: nobody can take a key that returns or delete a parent that is needed. */
export async function putBackUnderLock(order: PutBack, writer: Side, prepared: PreparedPutBack, xid: string): Promise<Committed> {
  const { tables } = prepared.plan.comparison.live
  await prepared.tail?.follow()
  return underLock(order, { writer, xid, tables, readers: prepared.readers }, (watched, journal, watch) =>
    write(watched, writer, prepared, journal, watch),
  )
}

async function write(order: PutBack, writer: Side, prepared: PreparedPutBack, journal: Journal, watch: Stopwatch): Promise<Done> {
  const { snapshot } = order
  const { comparison, ofOld } = prepared.plan
  await pass(order, 'restore:locked')
  const { since } = await one<{ since: string }>(writer, 'SELECT pg_snapshot_xmax(pg_current_snapshot())::xid::text AS since')
  const catalogue = await lookAgain(writer, prepared.scope, comparison.snapshot)
  watch.lap('structure')
  const { plans, rowsNow, movedRows } = await planAgain(order, writer, prepared)
  watch.lap('moved')
  const returning = returningOf(plans)
  const { conflicts, objects } = await findRowConflicts(writer, snapshot, comparison.pairs, returning)
  if (conflicts.length > 0) throw refuse('put_back_conflicts', conflictFacts(conflicts.map(({ conflict }) => conflict)))
  await pass(order, 'restore:compared', { rows: movedRows })
  watch.lap('conflicts')
  await silence(writer, catalogue.tables)
  await insertRows(writer, { snapshot, frozen: order.live }, plans, order)
  watch.lap('insert')
  for (const plan of plans)
    await verifyTable(writer, plan, prepared.keys.get(plan.live.oid) ?? null, since, rowsNow.get(plan.live.oid) ?? 0)
  watch.lap('verify')
  await carryObjects(writer, snapshot, objects, journal)
  const foreignKeys = await readForeignKeys(writer, catalogue)
  const ground = { live: writer, snapshot, pairs: comparison.pairs, foreignKeys, ofOld, returning, coming: null }
  const dangling = await findDangling(ground)
  if (dangling.length > 0) throw refuse('put_back_conflicts', conflictFacts(dangling.map(({ conflict }) => conflict)))
  watch.lap('references')
  await awaken(writer, catalogue.tables)
  await pass(order, 'restore:applied')
  await pass(order, 'restore:verified')
  for (const plan of plans) journal.addInserted([await insertedRows(snapshot, plan)])
  await journal.seal()
  await pass(order, 'restore:journalled')
  const sequences = await forwardSequences(writer, prepared.scope, comparison, catalogue)
  const { last } = await one<{ last: string }>(writer, 'SELECT pg_current_snapshot()::text AS last')
  watch.lap('journal')
  await pass(order, 'restore:beforeCommit')
  if (!(await order.mayCommit())) throw refuse('commit_forbidden', {})
  watch.lap('mayCommit')
  const tables = plans
    .filter((plan) => plan.insert.length > 0)
    .sort((a, b) => (nameKey(a.live) < nameKey(b.live) ? -1 : 1))
    .map(({ live, insert }) => ({ table: { schema: live.schema, name: live.name }, deleted: 0, inserted: insert.length }))
  return {
    counts: { tables, largeObjects: objects.length, references: [], referencesGivenBack: 0, sequences },
    lastSnapshot: last,
  }
}

async function planAgain(order: PutBack, writer: Side, { plan, tables, readers, horizon, tail }: PreparedPutBack) {
  const differences = new Map(plan.comparison.difference.tables.map((table) => [nameKey(table.table), table]))
  const written = (await tail?.writtenBlocks(writer)) ?? null
  const moved = await findMoved(writer, order.live, readers, tables, horizon, written)
  return {
    plans: moved.map(([table, since]) => stillMissing(table, since, differences.get(nameKey(table.live)))),
    rowsNow: new Map(moved.map(([table, since]) => [table.live.oid, since.rowsNow])),
    movedRows: moved.reduce((sum, [, { fresh, gone }]) => sum + fresh.length + gone.length, 0),
  }
}

/** The plan of a table without rows that somebody else has brought back since, byte for byte; of equal rows only as many as are still missing. */
function stillMissing(plan: TablePlan, moved: Moved, difference: TableDifference | undefined): TablePlan {
  const room = new Map<bigint, number>()
  const change = (hash: bigint, by: number) => room.set(hash, (room.get(hash) ?? 0) + by)
  for (const { hash } of difference === undefined ? [] : rowsOf(difference.missing)) change(hash, 1)
  for (const { hash } of rowsOf(moved.fresh)) change(hash, -1)
  for (const { hash } of rowsOf(moved.gone)) change(hash, 1)
  const insert: Row[] = []
  for (const row of rowsOf(plan.insert)) {
    if ((room.get(row.hash) ?? 0) <= 0) continue
    change(row.hash, -1)
    insert.push(row)
  }
  const rowsWanted = moved.rowsNow + insert.length
  return insert.length === plan.insert.length
    ? { ...plan, rowsWanted }
    : { ...plan, insert: rowSetOf(insert), ready: null, rowsWanted }
}

function returningOf(plans: readonly TablePlan[]): Returning {
  const returning = new Returning()
  for (const { live, insert } of plans) for (const row of rowsOf(insert)) returning.add(live, { ...row, because: 'chosen' })
  return returning
}

async function carryObjects(writer: Side, snapshot: Side, objects: readonly LargeObject[], journal: Journal): Promise<void> {
  for (const object of objects) {
    await carryLargeObject(writer, snapshot, object.oid, object)
    const made = (await describeLargeObjects(writer, [object.oid])).get(object.oid)
    if (made?.fingerprint !== object.fingerprint) throw refuse('verification_failed', { step: 'large object', oid: object.oid })
    journal.addMadeLargeObject(object)
  }
}

async function insertedRows(snapshot: Side, { live, insert }: TablePlan): Promise<InsertedRows> {
  const keys = live.key.length === 0 ? null : await keysOfRows(snapshot, live, [...insert.places])
  const keyOf = (place: number) => keys?.get(place)?.map((text) => text ?? '') ?? null
  return {
    table: { schema: live.schema, name: live.name },
    rows: [...rowsOf(insert)].map(({ place, hash }) => ({ hash: `${hash}`, key: keyOf(place) })),
  }
}
