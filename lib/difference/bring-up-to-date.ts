import { insertRows, removeRows } from './apply.ts'
import { readCatalogue, rowTables } from './catalogue.ts'
import { compareSides } from './compare.ts'
import { isEmpty } from './difference.ts'
import { interruptible } from './interrupt.ts'
import { carryLargeObject, describeLargeObjects } from './large-objects.ts'
import { holdTables } from './locks.ts'
import { nameKey } from './names.ts'
import { pass, type Watching } from './observe.ts'
import { makePlan, type Plan } from './plan.ts'
import type { TableCounts } from './restore-order.ts'
import { movedSchema, schemaFingerprint } from './schema-fingerprint.ts'
import { readSequences, setSequencesExactly } from './sequences.ts'
import { one, rollBackQuietly, run, type Side } from './side.ts'
import { awaken, silence } from './triggers.ts'

export type BringUpToDate = Watching & {
  /** A copy of the previous snapshot that nobody else uses, opened with `replica: true`. */
  readonly copy: Side
  /** Frozen for the length of the call, under ACCESS SHARE locks on its tables: nobody is stopped but TRUNCATE and the like. */
  readonly live: Side
}

export type BroughtUpToDate =
  | {
      readonly outcome: 'equal'
      /** Only tables that had to be changed. */
      readonly tables: readonly TableCounts[]
      /** Rows of every table, by schema and name: the manifest. */
      readonly rowsByTable: readonly { readonly schema: string; readonly name: string; readonly rows: number }[]
      readonly largeObjects: number
      readonly sequences: number
      readonly rowsCompared: number
      /** The instant the copy shows, by the database's clock, ISO 8601. */
      readonly capturedAt: string
    }
  /** What is no row (functions, grants, views, comments, structure) has moved: only a physical capture will do. Names catalogues. */
  | { readonly outcome: 'not_rows_only'; readonly moved: readonly string[] }

const everything = { kind: 'all' } as const

/**
 * Makes the copy exactly what live is at one instant: rows, large objects, and sequences set exactly. The online capture's core: the
 * engine of the restore turned round. Commits on the copy, then compares once more; anything thrown leaves the copy unfit for use.
 */
export async function bringUpToDate(order: BringUpToDate): Promise<BroughtUpToDate> {
  const { copy, live } = order
  return interruptible([copy, live], order.signal, async () => {
    try {
      const capturedAt = await freeze(live)
      const moved = movedSchema(await schemaFingerprint(live), await schemaFingerprint(copy))
      if (moved.length > 0) return { outcome: 'not_rows_only', moved }
      await run(copy, 'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE')
      const plan = await makePlan(copy, live, everything, order)
      const { drift } = plan.comparison.difference
      if (drift.length > 0) return { outcome: 'not_rows_only', moved: drift.map(({ name }) => name) }
      const largeObjects = await write(order, plan)
      await run(copy, 'COMMIT')
      const sequences = await carrySequences(copy, live)
      const proof = await prove(order)
      await pass(order, 'restore:verified')
      return { outcome: 'equal', tables: changedTables(plan), largeObjects, sequences, capturedAt, ...proof }
    } finally {
      await rollBackQuietly(copy)
      await rollBackQuietly(live)
    }
  })
}

// The lock comes before the snapshot is taken: what is read later must not have been truncated or rewritten in between.
async function freeze(live: Side): Promise<string> {
  const tables = (await readCatalogue(live, everything)).tables
  await run(live, 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY NOT DEFERRABLE')
  await holdTables(live, tables)
  const { at } = await one<{ at: string }>(live, `SELECT to_char(clock_timestamp(), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at`)
  return at
}

async function write(order: BringUpToDate, plan: Plan): Promise<number> {
  const { copy, live } = order
  const tables = plan.comparison.live.tables
  await silence(copy, tables)
  for (const table of plan.tables) if (table.remove.length > 0) await removeRows(copy, table, null, order)
  // A copy has no settings of its own; the portal's code runs under the portal's search path.
  await insertRows({ ...copy, searchPath: live.searchPath }, { snapshot: live, frozen: live }, plan.tables, order)
  await awaken(copy, tables)
  const changed = plan.comparison.difference.largeObjects.map(({ oid }) => oid)
  const wanted = await describeLargeObjects(live, changed)
  for (const oid of changed) await carryLargeObject(copy, live, oid, wanted.get(oid))
  await pass(order, 'restore:applied')
  return changed.length
}

async function carrySequences(copy: Side, live: Side): Promise<number> {
  return setSequencesExactly(copy, await readSequences(live, everything, []), await readSequences(copy, everything, []))
}

async function prove(order: BringUpToDate) {
  const again = await compareSides(order.copy, order.live, everything, { ...order, pairByKey: false })
  if (!isEmpty(again.difference))
    throw new Error(`The copy is not what live was: ${again.difference.tables.length} tables differ`)
  const rowsByTable = rowTables(again.live).map((table) => ({
    schema: table.schema,
    name: table.name,
    rows: again.rowsLive.get(nameKey(table)) ?? 0,
  }))
  return { rowsByTable, rowsCompared: again.difference.rowsCompared }
}

function changedTables(plan: Plan): TableCounts[] {
  return plan.tables
    .filter((table) => table.remove.length + table.insert.length > 0)
    .map((table) => ({
      table: { schema: table.live.schema, name: table.live.name },
      deleted: table.remove.length,
      inserted: table.insert.length,
    }))
}
