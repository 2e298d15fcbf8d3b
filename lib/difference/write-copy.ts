import { insertRows, removeRows } from './apply.ts'
import { carryLargeObject, describeLargeObjects } from './large-objects.ts'
import type { Watching } from './observe.ts'
import type { Plan } from './plan.ts'
import type { Side } from './side.ts'
import { awaken, silence } from './triggers.ts'

/**
 * The engine turned round: makes a copy's tables what `live` has, by the plan from the copy to live. In a transaction of the copy's, which is open; nobody else
 * is in it. Gives how many large objects were carried.
 */
export async function writeCopy(copy: Side, live: Side, plan: Plan, watching: Watching): Promise<number> {
  const tables = plan.comparison.live.tables
  await silence(copy, tables)
  for (const table of plan.tables) if (table.remove.length > 0) await removeRows(copy, table, null, watching)
  // A copy has no settings of its own; the portal's code runs under the portal's search path.
  await insertRows(asPortal(copy, live), { snapshot: live, frozen: live }, plan.tables, watching)
  await awaken(copy, tables)
  const changed = plan.comparison.difference.largeObjects.map(({ oid }) => oid)
  const wanted = await describeLargeObjects(live, changed)
  for (const oid of changed) await carryLargeObject(copy, live, oid, wanted.get(oid))
  return changed.length
}

/** The copy as code of the portal's own must find it. */
export function asPortal(copy: Side, live: Side): Side {
  return { ...copy, searchPath: live.searchPath }
}
