import type { Column, Table } from './catalogue.ts'
import { quoteText, shown } from './names.ts'
import { refuse } from './refusal.ts'
import { isRowRefusal, rowRefused } from './row-refusal.ts'
import { placeTexts, type RowSet } from './row-set.ts'
import { one, rows, run, type Side } from './side.ts'

/** The protected values of rows that are about to be written anew, by key: both as text, in the order of the table's own columns. */
export type KeptValues = { readonly keys: readonly string[][]; readonly values: readonly (string | null)[][] }

/** What a column of a returning row is taken from: itself, or for a protected one what the portal's configuration says. */
export function valueWhenBack(table: Table, column: Column): string {
  const whenBack = table.protected.find(({ name }) => name === column.name)?.whenBack ?? 'as_then'
  if (whenBack === 'as_then') return column.quoted
  return `${whenBack.set === null ? 'NULL' : quoteText(whenBack.set)}::${column.type}`
}

/** Before rows are removed, under the lock: today's protected values of those that will be written anew. */
export async function readKept(writer: Side, live: Table, remove: RowSet): Promise<KeptValues | null> {
  if (live.protected.length === 0 || remove.length === 0) return null
  const kept: KeyAndValue[] = []
  for (const texts of placeTexts(remove)) kept.push(...(await readValues(writer, live, 't.ctid = ANY ($1::tid[])', texts)))
  return { keys: kept.map(({ key }) => key), values: kept.map(({ value }) => value) }
}

/** The protected values of all row versions that no transaction before the horizon has written; null where there are none. */
export async function readYoungKept(live: Side, table: Table, horizon: string): Promise<KeptValues | null> {
  const kept = await readValues(live, table, 'age(t.xmin) <= (SELECT age($1::xid8::xid))', horizon)
  return kept.length === 0 ? null : { keys: kept.map(({ key }) => key), values: kept.map(({ value }) => value) }
}

type KeyAndValue = { key: string[]; value: (string | null)[] }

function readValues(side: Side, table: Table, which: string, value: unknown): Promise<KeyAndValue[]> {
  return rows<KeyAndValue>(
    side,
    `SELECT ARRAY[${asText(keyOf(table))}]::text[] AS key, ARRAY[${asText(table.protected)}]::text[] AS value
     FROM ONLY ${table.quoted} AS t WHERE ${which}`,
    [value],
  )
}

/**
 * After the rows are back: those that live held all along get today's values again, and each is looked at once more. Refuses with `row_refused` where the
 * row's own table does not admit them beside the snapshot's.
 */
export async function giveKept(writer: Side, live: Table, kept: KeptValues): Promise<void> {
  const key = keyOf(live)
  const lists = [...transposed(kept.keys, key.length), ...transposed(kept.values, live.protected.length)]
  const parameters = lists.map((_, index) => `$${index + 1}::text[]`).join(', ')
  const given = `unnest(${parameters}) AS k(${[...key.keys()]
    .map((index) => `k${index}`)
    .concat([...live.protected.keys()].map((index) => `v${index}`))
    .join(', ')})`
  const same = key.map((column, index) => `t.${column.quoted}::text = k.k${index}`).join(' AND ')
  const set = live.protected.map((column, index) => `${column.quoted} = k.v${index}::${column.type}`).join(', ')
  await inPortal(writer, live, async () => {
    await rows(writer, `UPDATE ONLY ${live.quoted} AS t SET ${set} FROM ${given} WHERE ${same}`, lists)
  })
  const { other } = await one<{ other: number }>(
    writer,
    `SELECT count(*)::int AS other FROM ${given} JOIN ONLY ${live.quoted} AS t ON ${same}
     WHERE ${live.protected.map((column, index) => `t.${column.quoted}::text IS DISTINCT FROM k.v${index}`).join(' OR ')}`,
    lists,
  )
  if (other > 0) throw refuse('verification_failed', { table: shown(live), step: 'protected columns', rows: other })
}

/** Those of the columns that such rows hold now, as text; rows with a null among them refer to nothing. */
export async function readGiven(writer: Side, table: Table, kept: KeptValues, columns: readonly string[]): Promise<string[][]> {
  const key = keyOf(table)
  const given = `unnest(${key.map((_, index) => `$${index + 1}::text[]`).join(', ')}) AS k(${key.map((_, index) => `k${index}`).join(', ')})`
  const same = key.map((column, index) => `t.${column.quoted}::text = k.k${index}`).join(' AND ')
  const found = await rows<{ values: string[] }>(
    writer,
    `SELECT DISTINCT ARRAY[${columns.map((column) => `t.${column}::text`).join(', ')}]::text[] AS values FROM ${given} JOIN ONLY ${table.quoted} AS t ON ${same}
     WHERE ${columns.map((column) => `t.${column} IS NOT NULL`).join(' AND ')}`,
    transposed(kept.keys, key.length),
  )
  return found.map(({ values }) => values)
}

/** Rows that live does not hold, in a copy that is to take its place: what the configuration says for a row that comes back. */
export async function giveWhenBack(writer: Side, table: Table, back: RowSet): Promise<void> {
  const set = table.protected.filter(({ whenBack }) => whenBack !== 'as_then')
  if (set.length === 0 || back.length === 0) return
  const values = set.map((column) => ({ column: column.quoted, value: valueWhenBack(table, column) }))
  const other = values.map(({ column, value }) => `t.${column}::text IS DISTINCT FROM (${value})::text`).join(' OR ')
  await inPortal(writer, table, async () => {
    for (const texts of placeTexts(back))
      await rows(
        writer,
        `UPDATE ONLY ${table.quoted} AS t SET ${values.map(({ column, value }) => `${column} = ${value}`).join(', ')}
         WHERE t.ctid = ANY ($1::tid[]) AND (${other})`,
        [texts],
      )
  })
}

/** Where code of the portal's own may run: under its search path, and a row that its table does not admit is refused by name. */
async function inPortal(writer: Side, table: Table, write: () => Promise<void>): Promise<void> {
  await run(writer, `SELECT set_config('search_path', ${quoteText(writer.searchPath)}, true)`)
  try {
    await write()
  } catch (error) {
    throw isRowRefusal(error) ? rowRefused([table], error) : error
  }
  await run(writer, `SELECT pg_catalog.set_config('search_path', 'pg_catalog', true)`)
}

function keyOf(table: Table): Column[] {
  return table.data.filter(({ name }) => table.key.includes(name))
}

function asText(columns: readonly Column[]): string {
  return columns.map((column) => `t.${column.quoted}::text`).join(', ')
}

function transposed(list: readonly (readonly (string | null)[])[], width: number): (string | null)[][] {
  return Array.from({ length: width }, (_, index) => list.map((row) => row[index] ?? null))
}
