import { insertRows, removeRows } from './apply.ts'
import { byName, type Catalogue, readCatalogue, type Table } from './catalogue.ts'
import { hashesAt, rowSetAt } from './compare/hashes-at.ts'
import { travelsInBinary } from './drift.ts'
import { type Edge, readForeignKeys } from './edges.ts'
import { type Erased, type ErasedRows, findErased, refuseOtherwise } from './erased.ts'
import type { Journal } from './journal.ts'
import { carryLargeObject, describeLargeObjects, namedByErased, unnamedOutside } from './large-objects.ts'
import { nameKey, shown, type TableName } from './names.ts'
import type { Watching } from './observe.ts'
import type { TablePlan } from './plan.ts'
import type { Protection } from './protection.ts'
import { type SettledReference, settleReferences, vanishingKeys } from './references.ts'
import { refuse } from './refusal.ts'
import { noRows } from './row-set.ts'
import type { Scope } from './scope.ts'
import { one, type Side } from './side.ts'
import { awaken, silence } from './triggers.ts'
import { asPortal } from './write-copy.ts'

export type CarryErased = Watching & {
  readonly copy: Side
  readonly live: Side
  readonly protection: Protection
  readonly journal: Journal
}

/**
 * Makes the records that were erased, and what fell with them, in a copy of the snapshot what they are in live (S66): gone where they are gone, overwritten where
 * they were overwritten. References that are left at nothing are emptied, as their deletion would have left them, or refuse the whole. In a transaction of
 * the copy's, which is open; proved before it goes on.
 */
export async function carryErased(order: CarryErased): Promise<SettledReference[]> {
  const { copy, live, journal, signal } = order
  const found = await findBetween(live, copy, order.protection)
  if (found === null) return []
  const { erased, here, there, foreignKeys } = found
  const [moved] = uncarriable(found)
  if (moved !== undefined) throw refuse('structure_moved', { name: shown(moved), details: [] })
  const plans = await plansOf(live, found)
  const { since } = await one<{ since: string }>(copy, 'SELECT pg_snapshot_xmax(pg_current_snapshot())::xid::text AS since')
  const edges = edgesOf(foreignKeys, erased)
  const objects = [
    ...(await namedByErased({ side: copy, catalogue: there }, erased, 'snapshot')),
    ...(await namedByErased({ side: live, catalogue: here }, erased, 'live')),
  ]
  const silenced: Table[] = plans.map((plan) => plan.live)
  await silence(copy, silenced)
  const vanishing = await vanishingKeys(copy, edges, plans)
  for (const plan of plans) if (plan.remove.length > 0) await removeRows(copy, plan, null, { signal })
  await insertRows(asPortal(copy, live), { snapshot: live, frozen: live }, plans, { signal })
  await refuseOtherwise({ side: live, catalogue: here }, { side: copy, catalogue: there }, erased)
  const places = { writer: copy, snapshot: live, frozen: live, writtenSince: since, plans, journal, silenced }
  const settled = await settleReferences({ ...places, policies: { byEdge: {}, otherwise: 'null' } }, edges, vanishing)
  await awaken(copy, silenced)
  await carryObjects(copy, live, objects)
  return settled
}

/** Tables of which live holds such a record, and which are otherwise in the copy: it could not be written there. */
export async function findUncarriableErased(live: Side, snapshot: Side, protection: Protection): Promise<TableName[]> {
  const found = await findBetween(live, snapshot, protection)
  return found === null ? [] : uncarriable(found)
}

type Between = {
  readonly here: Catalogue
  readonly there: Catalogue
  readonly foreignKeys: readonly Edge[]
  readonly erased: Erased
}

async function findBetween(live: Side, copy: Side, protection: Protection): Promise<Between | null> {
  if ((protection.erased ?? []).length === 0) return null
  // A protected column of such a record is live's own too, as the rest of it.
  const scope: Scope = { kind: 'all', protection: { ...protection, columns: [] } }
  const [here, there] = [await readCatalogue(live, scope), await readCatalogue(copy, scope)]
  const foreignKeys = await readForeignKeys(copy, there)
  return { here, there, foreignKeys, erased: await findErased({ live, snapshot: copy, foreignKeys }, { here, there }) }
}

function uncarriable({ here, there, erased }: Between): Table[] {
  const others = byName(here)
  return there.tables.filter((table) => {
    if ((erased.get(nameKey(table))?.live.size ?? 0) === 0) return false
    const now = others.get(nameKey(table))
    const has = (columns: Table['data'], one: Table['data'][number]) =>
      columns.some(({ name, type }) => name === one.name && type === one.type)
    return now === undefined || now.data.length !== table.data.length || !table.data.every((column) => has(now.data, column))
  })
}

async function plansOf(live: Side, { here, there, erased }: Between): Promise<TablePlan[]> {
  const others = byName(here)
  const plans: TablePlan[] = []
  for (const table of there.tables) {
    const of: ErasedRows | undefined = erased.get(nameKey(table))
    if (of === undefined) continue
    // Where live has no such table it holds none of them, and nothing is read of it.
    const pair = { live: table, snapshot: others.get(nameKey(table)) ?? table }
    const nothing = { revive: noRows, ready: null, rowsThen: 0, rowsWanted: 0 }
    plans.push({
      ...pair,
      ...nothing,
      format: travelsInBinary(pair, there, here) ? 'binary' : 'text',
      remove: rowSetAt([...of.snapshot]),
      insert: of.live.size === 0 ? noRows : await hashesAt(live, table, pair.snapshot.quoted, [...of.live]),
    })
  }
  return plans
}

// Whatever points at what goes, wherever it lies; and what the records that stay as live has them point at.
function edgesOf(foreignKeys: readonly Edge[], erased: Erased): Edge[] {
  return foreignKeys.flatMap((edge): Edge[] => {
    const staying = edge.fromTables.filter((table) => (erased.get(nameKey(table))?.live.size ?? 0) > 0)
    return [
      { ...edge, alwaysNulled: true },
      ...(staying.length === 0 ? [] : [{ ...edge, direction: 'outward', fromTables: staying, alwaysNulled: true } as const]),
    ]
  })
}

async function carryObjects(copy: Side, live: Side, oids: readonly number[]): Promise<void> {
  const wanted = await describeLargeObjects(live, oids)
  const unnamed = new Set(await unnamedOutside(copy, [], oids))
  for (const oid of new Set(oids)) {
    const object = wanted.get(oid)
    if (object !== undefined || unnamed.has(oid)) await carryLargeObject(copy, live, oid, object)
  }
}
