import { type Column, readCatalogue, rowTables, type Table } from './catalogue.ts'
import { compareExactly } from './compare/exact.ts'
import { pairByKey } from './compare/pair-by-key.ts'
import { readForeignKeys } from './edges.ts'
import { type Erased, findErased } from './erased.ts'
import { pairPart, patternOf } from './kept.ts'
import { nameKey, quoted, type TableName } from './names.ts'
import { valueWhenBack } from './protected-columns.ts'
import type { ProtectedColumns, Protection } from './protection.ts'
import { placeTexts, type RowSet, rowSetOf, rowsOf } from './row-set.ts'
import type { Scope } from './scope.ts'
import { atOneMoment, one, rows, type Side } from './side.ts'

/** Rows of the snapshot that come back paused: an outbound column gets another value than they had (S69). */
export type PausedTable = {
  readonly table: TableName
  readonly key: readonly string[]
  /** Those that are set for rows that come back; as text, null is NULL. */
  readonly columns: readonly { readonly name: string; readonly set: string | null }[]
  /** By key as text, in the order of `key`; `was` in the order of `columns`. */
  readonly rows: readonly { readonly key: readonly string[]; readonly was: readonly (string | null)[] }[]
}

export type PausedCount = { readonly table: TableName; readonly rows: number }

/** The rows of one table that come back, by their places in the snapshot. */
export type Returning = { readonly table: Table; readonly rows: RowSet }

/**
 * Rows of outbound tables that the snapshot has and live has not, known by their key: a restore of this scope brings them back. Asked before it of live,
 * after it of what it replaced: the answer is the same, so nothing has to be written down within its transaction. What has no pair (the structure moved)
 * cannot be restored row by row either, and is left out.
 */
export async function findReturning(live: Side, snapshot: Side, scope: Scope, signal?: AbortSignal): Promise<Returning[]> {
  const parts = outboundParts(scope.protection)
  if (parts.length === 0) return []
  return atOneMoment([live, snapshot], async () => {
    const reached = new Set((await readCatalogue(live, { ...scope, protection: undefined })).tables.map(nameKey))
    const erased = await findErasedOf(live, snapshot, scope)
    const found: Returning[] = []
    for (const part of parts.filter(({ table }) => reached.has(nameKey(table)))) {
      const paired = await pairPart(live, snapshot, part)
      for (const pair of paired?.pairs ?? []) {
        signal?.throwIfAborted()
        const { missing } = await pairByKey(live, snapshot, pair, await compareExactly(live, snapshot, pair))
        const back = withoutPlaces(missing, erased.get(nameKey(pair.snapshot))?.snapshot)
        if (back.length > 0) found.push({ table: pair.snapshot, rows: back })
      }
    }
    return found
  })
}

/** S66: what was erased, and what falls with it, does not come back at all. */
async function findErasedOf(live: Side, snapshot: Side, { protection }: Scope): Promise<Erased> {
  if ((protection?.erased ?? []).length === 0 || protection === undefined) return new Map()
  const all: Scope = { kind: 'all', protection: { ...protection, columns: [] } }
  const [here, there] = [await readCatalogue(live, all), await readCatalogue(snapshot, all)]
  return findErased({ live, snapshot, foreignKeys: await readForeignKeys(live, here) }, { here, there })
}

function withoutPlaces(rows: RowSet, places: ReadonlySet<number> | undefined): RowSet {
  if (places === undefined || places.size === 0) return rows
  return rowSetOf([...rowsOf(rows)].filter(({ place }) => !places.has(place)))
}

/** The same where it is known already which rows come back: those of a put-back. */
export async function returningAmong(
  snapshot: Side,
  protection: Protection | undefined,
  tables: readonly { readonly table: TableName; readonly missing: RowSet }[],
): Promise<Returning[]> {
  const found: Returning[] = []
  for (const part of outboundParts(protection)) {
    const scope = { kind: 'tables', patterns: [patternOf(part.table)], protection: { tables: [], columns: [part] } } as const
    for (const table of rowTables(await readCatalogue(snapshot, scope))) {
      const missing = tables.find((one) => nameKey(one.table) === nameKey(table))?.missing
      if (missing !== undefined && missing.length > 0) found.push({ table, rows: missing })
    }
  }
  return found
}

/** How many of the rows come back paused, by table; tables of which none does are left out. */
export async function countPaused(snapshot: Side, returning: readonly Returning[]): Promise<PausedCount[]> {
  const counted: PausedCount[] = []
  for (const { table, rows: places } of returning) {
    let paused = 0
    for (const texts of placeTexts(places)) {
      const told = await one<{ count: number }>(snapshot, `SELECT count(*)::int AS count ${pausedFrom(table)}`, [texts])
      paused += told.count
    }
    if (paused > 0) counted.push({ table: { schema: table.schema, name: table.name }, rows: paused })
  }
  return counted
}

/** Which they are, and what they were. */
export async function readPaused(snapshot: Side, returning: readonly Returning[], signal?: AbortSignal): Promise<PausedTable[]> {
  const found: PausedTable[] = []
  for (const { table, rows: places } of returning) {
    const set = settable(table)
    const key = table.key.map((name) => `t.${columnNamed(table, name).quoted}::text`)
    const values = set.map(({ quoted: column }) => `t.${column}::text`)
    const paused: { key: string[]; was: (string | null)[] }[] = []
    for (const texts of placeTexts(places)) {
      signal?.throwIfAborted()
      const some = await rows<{ key: string[]; was: (string | null)[] }>(
        snapshot,
        `SELECT ARRAY[${key.join(', ')}]::text[] AS key, ARRAY[${values.join(', ')}]::text[] AS was ${pausedFrom(table)}`,
        [texts],
      )
      for (const row of some) paused.push(row)
    }
    if (paused.length === 0) continue
    const columns = set.map(({ name, whenBack }) => ({ name, set: whenBack === 'as_then' ? null : whenBack.set }))
    found.push({ table: { schema: table.schema, name: table.name }, key: table.key, columns, rows: paused })
  }
  return found
}

/** The outbound columns by table, those alone that are set for rows that come back. */
function outboundParts(protection: Protection | undefined): ProtectedColumns[] {
  const outbound = (protection?.columns ?? []).filter((part) => part.outbound === true)
  return [...Map.groupBy(outbound, ({ table }) => nameKey(table)).values()].flatMap((parts) => {
    const [first] = parts
    const columns = parts.flatMap((part) => part.columns).filter(({ whenBack }) => whenBack !== 'as_then')
    return first === undefined || columns.length === 0 ? [] : [{ table: first.table, columns }]
  })
}

const settable = (table: Table) => table.protected.filter(({ whenBack }) => whenBack !== 'as_then')

function pausedFrom(table: Table): string {
  const other = settable(table).map(
    (column) => `t.${column.quoted}::text IS DISTINCT FROM (${valueWhenBack(table, column)})::text`,
  )
  return `FROM ONLY ${quoted(table)} AS t WHERE t.ctid = ANY ($1::tid[]) AND (${other.join(' OR ')})`
}

function columnNamed(table: Table, name: string): Column {
  const column = table.data.find((one) => one.name === name)
  if (column === undefined) throw new Error(`the key of ${table.quoted} has no column ${name}`)
  return column
}
