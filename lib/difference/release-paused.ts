import { interruptible } from './interrupt.ts'
import { quoted, quoteName, quoteText, type TableName } from './names.ts'
import type { PausedTable } from './paused.ts'
import { isRowRefusal, rowRefused } from './row-refusal.ts'
import { one, rollBackQuietly, rows, run, type Side } from './side.ts'

export type ReleasedTable = {
  readonly table: TableName
  /** Rows that have again what they had in the snapshot. */
  readonly released: number
  /** Rows that no longer held what the restore had set: whoever changed them has decided. */
  readonly changed: number
  /** Rows that are no longer there, or whose table or columns are not. */
  readonly gone: number
}

export type ReleasePaused = {
  /** An ordinary connection to live: what the portal itself does when such a row is written happens now, for this is no history. */
  readonly live: Side
  readonly tables: readonly PausedTable[]
  readonly signal?: AbortSignal | undefined
  /** The last question before the commit, with what became of each table: whoever writes the answer down can tell it after any crash. */
  readonly mayCommit: (
    released: readonly ReleasedTable[],
    transaction: { xid: string; pid: number; backendStart: string },
  ) => Promise<boolean>
}

/**
 * Gives rows that came back paused what they were in the snapshot (S69), all in one transaction; null where it was not to be committed. Only a row that still
 * holds every value that was set for it is written, so running it again releases nothing twice. Throws `RefusalError` where a table does not admit its row.
 */
export async function releasePaused({
  live,
  tables,
  signal,
  mayCommit,
}: ReleasePaused): Promise<readonly ReleasedTable[] | null> {
  return interruptible([live], signal, async () => {
    try {
      await run(live, 'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE NOT DEFERRABLE')
      await run(
        live,
        `SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') IN ('off', 'local')`,
      )
      await run(live, `SET LOCAL lock_timeout = ${lockTimeoutMs}`)
      const { xid } = await one<{ xid: string }>(live, 'SELECT pg_current_xact_id()::text AS xid')
      const released: ReleasedTable[] = []
      for (const table of tables) released.push(await releaseTable(live, table))
      if (!(await mayCommit(released, { xid, pid: live.backendPid, backendStart: live.backendStart }))) return null
      await run(live, 'COMMIT')
      return released
    } finally {
      await rollBackQuietly(live)
    }
  })
}

/** Somebody who is editing such a row is waited for; longer than this, and it is tried again another time. */
const lockTimeoutMs = 10_000
const rowsAtOnce = 5_000

async function releaseTable(live: Side, paused: PausedTable): Promise<ReleasedTable> {
  const { table, rows: all } = paused
  const types = await readTypes(live, table, [...paused.key, ...paused.columns.map(({ name }) => name)])
  if (types === null) return { table, released: 0, changed: 0, gone: all.length }
  let [there, released] = [0, 0]
  await run(live, `SELECT set_config('search_path', ${quoteText(live.searchPath)}, true)`)
  try {
    for (let from = 0; from < all.length; from += rowsAtOnce) {
      const some = all.slice(from, from + rowsAtOnce)
      const done = await one<{ there: number; released: number }>(live, releaseSql(paused, types), listsOf(paused, some))
      there += done.there
      released += done.released
    }
  } catch (error) {
    throw isRowRefusal(error) ? rowRefused([table], error) : error
  }
  await run(live, `SELECT pg_catalog.set_config('search_path', 'pg_catalog', true)`)
  return { table, released, changed: there - released, gone: all.length - there }
}

/** One statement, so both counts are of one instant; a row that a concurrent writer has changed meanwhile is looked at again by UPDATE itself. */
function releaseSql({ table, key, columns }: PausedTable, types: ReadonlyMap<string, string>): string {
  const lists = [...key.keys(), ...columns.keys()].map((_, index) => `pg_catalog.unnest($${index + 1}::pg_catalog.text[])`)
  const names = [...key.map((_, index) => `k${index}`), ...columns.map((_, index) => `v${index}`)]
  const same = key.map((name, index) => `t.${quoteName(name)}::pg_catalog.text = k.k${index}`).join(' AND ')
  const type = (name: string) => types.get(name) ?? 'text'
  const paused = columns.map(
    ({ name, set }) =>
      `t.${quoteName(name)}::pg_catalog.text IS NOT DISTINCT FROM (${set === null ? 'NULL' : quoteText(set)}::${type(name)})::pg_catalog.text`,
  )
  const given = columns.map(({ name }, index) => `${quoteName(name)} = k.v${index}::${type(name)}`)
  return `WITH k AS MATERIALIZED (SELECT * FROM ROWS FROM (${lists.join(', ')}) AS k(${names.join(', ')})),
    there AS (SELECT pg_catalog.count(*)::pg_catalog.int4 AS rows FROM k JOIN ONLY ${quoted(table)} AS t ON ${same}),
    released AS (UPDATE ONLY ${quoted(table)} AS t SET ${given.join(', ')} FROM k WHERE ${[same, ...paused].join(' AND ')} RETURNING 1)
    SELECT (SELECT rows FROM there) AS there, (SELECT pg_catalog.count(*)::pg_catalog.int4 FROM released) AS released`
}

function listsOf({ key, columns }: PausedTable, some: PausedTable['rows']): (string | null)[][] {
  return [
    ...key.map((_, index) => some.map((row) => row.key[index] ?? null)),
    ...columns.map((_, index) => some.map(({ was }) => was[index] ?? null)),
  ]
}

/** As the server names them; null where the table or one of the columns is not there any more. */
async function readTypes(live: Side, table: TableName, names: readonly string[]): Promise<Map<string, string> | null> {
  const found = await rows<{ name: string; type: string }>(
    live,
    `SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
     WHERE attrelid = to_regclass($1) AND attname = ANY ($2::text[]) AND NOT attisdropped`,
    [quoted(table), names],
  )
  return found.length === names.length ? new Map(found.map(({ name, type }) => [name, type])) : null
}
