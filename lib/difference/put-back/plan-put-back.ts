import { type Comparison, compareSides } from '../compare.ts'
import { readForeignKeys } from '../edges.ts'
import { asRefusal } from '../find-obstacles.ts'
import type { LargeObject } from '../large-objects.ts'
import { nameKey } from '../names.ts'
import type { Watching } from '../observe.ts'
import { refuse } from '../refusal.ts'
import type { Side } from '../side.ts'
import { chooseRows } from './choose.ts'
import { addChildren, addParents, type Ground, missingRows, withAllThatHangsOn } from './closure.ts'
import { findDangling } from './find-dangling.ts'
import { findObjects } from './find-objects.ts'
import { findTaken, type PlacedConflict } from './find-taken.ts'
import { findUnadmitted } from './find-unadmitted.ts'
import type { PutBackRequest } from './order.ts'
import type { Reach } from './reach.ts'
import { Returning } from './returning.ts'
import type { Conflict, PutBackPreview } from './types.ts'
import { readUniqueIndexes } from './unique-indexes.ts'

/** All that is known of a put-back before anything is locked. */
export type PutBackPlan = {
  readonly comparison: Comparison
  readonly ofOld: ReadonlySet<string>
  /** What comes back, nothing of it in anybody's way. */
  readonly returning: Returning
  readonly leftOut: Returning
  readonly conflicts: readonly Conflict[]
  readonly notMissing: PutBackPreview['notMissing']
}

/** Compares the tables within reach, completes the chosen rows by their children and the parents they need, and finds what is in the way. */
export async function planPutBack(request: PutBackRequest & Watching, reach: Reach): Promise<PutBackPlan> {
  const { live, snapshot } = request
  const comparison = await compareSides(live, snapshot, reach.scope, request)
  const { tables, drift } = comparison.difference
  if (drift[0] !== undefined) throw refuse(asRefusal(drift[0]).code, asRefusal(drift[0]).facts)
  const foreignKeys = await readForeignKeys(live, comparison.live)
  const period = foreignKeys.find((edge) => edge.isPeriod)
  if (period !== undefined) throw refuse('period_reference', { edge: period.edge })
  const ofOld = new Set((await readForeignKeys(snapshot, comparison.snapshot)).map(({ edge }) => edge))
  const ground: Ground = { live, snapshot, pairs: comparison.pairs, foreignKeys, missing: missingRows(tables) }
  const differences = new Map(tables.map((table) => [nameKey(table.table), table]))
  const { returning: chosen, notMissing } = await chooseRows(snapshot, ground.pairs, differences, request.records, reach.holders)
  const downwards = chosen.without(new Returning(), ground.pairs)
  await addChildren(ground, downwards)
  let closure = downwards.without(new Returning(), ground.pairs)
  await addParents(ground, closure)
  const found = await findConflicts(ground, closure, ofOld)
  const blocked = new Returning()
  for (const { table, place } of found) {
    const row = closure.rows(table).find((one) => one.place === place)
    if (row !== undefined) blocked.add(table, row)
  }
  const leftOut = await withAllThatHangsOn(ground, closure, blocked)
  if (leftOut.size > 0) {
    // A parent that only rows left out needed stays away too.
    closure = downwards.without(leftOut, ground.pairs)
    await addParents(ground, closure)
  }
  return { comparison, ofOld, returning: closure, leftOut, conflicts: found.map(({ conflict }) => conflict), notMissing }
}

type Found = PlacedConflict & { readonly table: Conflict['table'] }

async function findConflicts(ground: Ground, returning: Returning, ofOld: ReadonlySet<string>): Promise<Found[]> {
  const { live, snapshot, pairs, foreignKeys } = ground
  const found = [
    ...(await findRowConflicts(live, snapshot, pairs, returning)).conflicts,
    ...(await findDangling({ live, snapshot, pairs, foreignKeys, ofOld, returning, coming: returning })),
  ]
  return found.map((one) => ({ ...one, table: one.conflict.table }))
}

/** All conflicts but references, and the large objects that come back. `live` may be the writer, under the lock. */
export async function findRowConflicts(
  live: Side,
  snapshot: Side,
  pairs: Ground['pairs'],
  returning: Returning,
): Promise<{ conflicts: PlacedConflict[]; objects: LargeObject[] }> {
  const tables = pairs.map((pair) => pair.live).filter((table) => returning.places(table).length > 0)
  const indexes = await readUniqueIndexes(live, tables)
  const conflicts: PlacedConflict[] = []
  const objects: LargeObject[] = []
  for (const table of tables) {
    const places = returning.places(table)
    for (const index of indexes.filter(({ tableOid }) => tableOid === table.oid))
      conflicts.push(...(await findTaken(live, snapshot, table, index, places)))
    conflicts.push(...(await findUnadmitted(live, snapshot, table, places, tables.length === 1)))
    const named = await findObjects(live, snapshot, table, places)
    conflicts.push(...named.conflicts)
    objects.push(...named.missing.filter(({ oid }) => !objects.some((one) => one.oid === oid)))
  }
  return { conflicts, objects }
}

/** What a refusal says of conflicts: the first twenty, one line each. */
export function conflictFacts(conflicts: readonly Conflict[]) {
  const line = ({ kind, table, constraint, row, inTheWay }: Conflict) =>
    `${table.schema}.${table.name} ${JSON.stringify(row)}: ${[kind, constraint].filter((part) => part !== null).join(' ')}${
      inTheWay === null ? '' : ` ${inTheWay.table.schema}.${inTheWay.table.name} ${JSON.stringify(inTheWay.row)}`
    }`
  return { conflicts: conflicts.length, rows: conflicts.slice(0, 20).map(line) }
}
