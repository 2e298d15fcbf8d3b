import { readCatalogue, rowTables } from './catalogue.ts'
import { type Baseline, type Origin, readOrigin } from './compare/baseline.ts'
import { compareSides } from './compare.ts'
import { countsOf, type DifferenceCounts, isEmpty } from './difference.ts'
import { interruptible } from './interrupt.ts'
import { holdTables } from './locks.ts'
import { nameKey } from './names.ts'
import { pass, type Watching } from './observe.ts'
import { makePlan, type Plan } from './plan.ts'
import type { TableCounts } from './restore-order.ts'
import { movedSchema, schemaFingerprint } from './schema-fingerprint.ts'
import { readSequences, setSequencesExactly } from './sequences.ts'
import { one, rollBackQuietly, run, type Side } from './side.ts'
import { writeCopy } from './write-copy.ts'

export type BringUpToDate = Watching & {
  /** A copy of the previous snapshot that nobody else uses, opened with `replica: true`. */
  readonly copy: Side
  /** Frozen for the length of the call, under ACCESS SHARE locks on its tables: nobody is stopped but TRUNCATE and the like. */
  readonly live: Side
  /** What was kept of the previous snapshot: the difference is found by it. That the copy is right is proved by reading both whole. */
  readonly previous?: Baseline | null
}

export type BroughtUpToDate =
  | {
      readonly outcome: 'equal'
      /** By which the copy now differs from the previous snapshot: rows that went, that are new, that changed. */
      readonly changes: DifferenceCounts
      /** Only tables that had to be changed. */
      readonly tables: readonly TableCounts[]
      /** Rows of every table, by schema and name: the manifest. */
      readonly rowsByTable: readonly { readonly schema: string; readonly name: string; readonly rows: number }[]
      readonly largeObjects: number
      readonly sequences: number
      readonly rowsCompared: number
      /** The instant the copy shows, by the database's clock, ISO 8601. */
      readonly capturedAt: string
      readonly origin: Omit<Origin, 'blocks'>
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
      const origin = await readOrigin(live, live.database)
      const moved = movedSchema(await schemaFingerprint(live), await schemaFingerprint(copy))
      if (moved.length > 0) return { outcome: 'not_rows_only', moved }
      await run(copy, 'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE')
      const how = { baseline: order.previous ?? null, reversed: true, pairByKey: true }
      const plan = await makePlan(copy, live, everything, { ...order, ...how })
      const { drift } = plan.comparison.difference
      if (drift.length > 0) return { outcome: 'not_rows_only', moved: drift.map(({ name }) => name) }
      const largeObjects = await writeCopy(copy, live, plan, order)
      await pass(order, 'restore:applied')
      await run(copy, 'COMMIT')
      const sequences = await carrySequences(copy, live)
      const proof = await prove(order)
      await pass(order, 'restore:verified')
      const changes = countsFromOtherSide(plan)
      return { outcome: 'equal', changes, tables: changedTables(plan), largeObjects, sequences, capturedAt, origin, ...proof }
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

// The plan is the previous snapshot's way to live: what it lacks is new.
function countsFromOtherSide({ comparison }: Plan): DifferenceCounts {
  const { missing, newer, changed } = countsOf(comparison.difference)
  return { missing: newer, newer: missing, changed }
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
