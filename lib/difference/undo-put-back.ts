import { removeRows } from './apply.ts'
import { findObstacles } from './find-obstacles.ts'
import { inOneTransaction } from './in-one-transaction.ts'
import { interruptible } from './interrupt.ts'
import type { Journal } from './journal.ts'
import { carryLargeObject, describeLargeObjects, unnamedOutside } from './large-objects.ts'
import { pass } from './observe.ts'
import type { TablePlan } from './plan.ts'
import type { UndoPutBack } from './put-back/order.ts'
import { conflictFacts } from './put-back/plan-put-back.ts'
import { planUndo, type UndoPlan, undoScope } from './put-back/plan-undo.ts'
import { leavingSet } from './put-back/preview-undo.ts'
import { refuseMore } from './put-back/refuse-more.ts'
import { RefusalError, refuse } from './refusal.ts'
import type { Committed, RestoreOutcome } from './restore-order.ts'
import { noRows, rowSetOf } from './row-set.ts'
import type { Scope } from './scope.ts'
import { atOneMoment, one, type Side } from './side.ts'
import { awaken, silence } from './triggers.ts'
import { type Done, type Stopwatch, underLock } from './under-lock.ts'

/**
 * Takes out again exactly the rows that a put-back inserted, in one transaction. A row that somebody changed since, or that anything else points at, is in
 * conflict: it refuses the whole, or stays where the caller leaves conflicts out. Returned and thrown as by `restoreInPlace`.
 */
export async function undoPutBack(order: UndoPutBack): Promise<RestoreOutcome> {
  try {
    const scope = await undoScope(order.undoOf, order.protection)
    const { refusals } = await findObstacles(order.live, order.snapshot, scope, 'in_place')
    if (refusals[0] !== undefined) return { outcome: 'refused', refusal: refusals[0] }
    return await interruptible([order.live, order.snapshot], order.signal, () =>
      atOneMoment([order.live, order.snapshot], () => undoFromPlan(order, scope)),
    )
  } catch (error) {
    if (error instanceof RefusalError) return { outcome: 'refused', refusal: error.refusal }
    throw error
  }
}

async function undoFromPlan(order: UndoPutBack, scope: Scope): Promise<RestoreOutcome> {
  const plan = await planUndo(order.live, order.snapshot, order.undoOf, scope)
  refuseUnsolved(order, plan)
  if (plan.leaving.size === 0) return { outcome: 'nothing_to_do' }
  return inOneTransaction(order, plan.catalogue.tables, (writer, xid) => undoUnderLock(order, writer, plan, scope, xid))
}

function undoUnderLock(order: UndoPutBack, writer: Side, plan: UndoPlan, scope: Scope, xid: string): Promise<Committed> {
  return underLock(order, { writer, xid, tables: plan.catalogue.tables, readers: [] }, (watched, journal, watch) =>
    write(watched, writer, plan, scope, journal, watch),
  )
}

async function write(
  order: UndoPutBack,
  writer: Side,
  before: UndoPlan,
  scope: Scope,
  journal: Journal,
  watch: Stopwatch,
): Promise<Done> {
  await pass(order, 'restore:locked')
  const plan = await planUndo(writer, order.snapshot, order.undoOf, scope)
  // Left out was what the preview named; whoever came since is a conflict that nobody has seen.
  const seen = new Set(before.conflicts.map((conflict) => JSON.stringify(conflict)))
  const unseen = plan.conflicts.filter((conflict) => !seen.has(JSON.stringify(conflict)))
  if (unseen.length > 0) throw refuse('put_back_conflicts', conflictFacts(unseen))
  refuseUnsolved(order, plan)
  const rules = plan.catalogue.tables.find((table) => table.loudRules.length > 0)
  if (rules !== undefined) throw refuse('rule_always', { table: rules.quoted, rules: rules.loudRules })
  await pass(order, 'restore:compared', { rows: before.leaving.size - plan.leaving.size })
  watch.lap('conflicts')
  await silence(writer, plan.catalogue.tables)
  const removals = removalsOf(plan)
  for (const removal of removals) await removeRows(writer, removal, journal, order)
  watch.lap('delete')
  const largeObjects = await unlinkMade(writer, order.snapshot, plan, journal)
  await awaken(writer, plan.catalogue.tables)
  await pass(order, 'restore:applied')
  const left = placesOf(await planUndo(writer, order.snapshot, order.undoOf, scope))
  // A row that was left out and is free now was not in what people saw: it stays.
  const still = [...placesOf(plan)].filter((place) => left.has(place))
  if (still.length > 0) throw refuse('verification_failed', { step: 'rows', meant: 0, done: still.length })
  await pass(order, 'restore:verified')
  watch.lap('verify')
  await journal.seal()
  await pass(order, 'restore:journalled')
  const { last } = await one<{ last: string }>(writer, 'SELECT pg_current_snapshot()::text AS last')
  await pass(order, 'restore:beforeCommit')
  if (!(await order.mayCommit())) throw refuse('commit_forbidden', {})
  watch.lap('mayCommit')
  const tables = removals.map(({ live, remove }) => ({
    table: { schema: live.schema, name: live.name },
    deleted: remove.length,
    inserted: 0,
  }))
  return { counts: { tables, largeObjects, references: [], referencesGivenBack: 0, sequences: [] }, lastSnapshot: last }
}

function refuseUnsolved(order: UndoPutBack, plan: UndoPlan): void {
  if (plan.conflicts.length > 0 && !order.leaveOutConflicts) throw refuse('put_back_conflicts', conflictFacts(plan.conflicts))
  refuseMore(order.consented, leavingSet(plan))
}

function placesOf({ tables, leaving }: UndoPlan): Set<string> {
  return new Set(tables.flatMap((live) => leaving.rows(live).map(({ place }) => `${live.oid}:${place}`)))
}

function removalsOf({ tables, leaving, catalogue }: UndoPlan): TablePlan[] {
  return tables.flatMap((live) => {
    const remove = rowSetOf(leaving.rows(live))
    if (remove.length === 0) return []
    const binary = live.data.every((column) => catalogue.types.get(column.typeOid)?.binary === true)
    const nothing = { insert: noRows, revive: noRows, ready: null, rowsThen: 0, rowsWanted: 0 }
    return [{ live, snapshot: live, format: binary ? ('binary' as const) : ('text' as const), remove, ...nothing }]
  })
}

// Only what the put-back made, what nobody has changed since, and what no row names any more.
async function unlinkMade(writer: Side, snapshot: Side, { madeObjects }: UndoPlan, journal: Journal): Promise<number> {
  const now = await describeLargeObjects(
    writer,
    madeObjects.map(({ oid }) => oid),
  )
  const same = madeObjects.filter(({ oid, fingerprint }) => `${now.get(oid)?.fingerprint}` === fingerprint).map(({ oid }) => oid)
  const unnamed = await unnamedOutside(writer, [], same)
  for (const oid of unnamed) {
    const object = now.get(oid)
    if (object !== undefined) await journal.keepLargeObject(writer, object)
    await carryLargeObject(writer, snapshot, oid, undefined)
  }
  return unnamed.length
}
