import { type Catalogue, rowTables } from './catalogue.ts'
import { quoted, quoteText, shown, type TableName } from './names.ts'
import type { Protection, WhenBack } from './protection.ts'
import type { EngineRefusal } from './refusal.ts'
import { rows, type Side, sqlState } from './side.ts'

/** What is configured must be there, or it protects nothing; and a row must be known by something that is not itself protected. */
export async function findUnprotectable(
  live: Side,
  catalogue: Catalogue,
  { tables, columns }: Protection,
): Promise<EngineRefusal[]> {
  const wanted = [
    ...tables.map((table) => ({ table, name: null })),
    ...columns.flatMap((one) => one.columns.map(({ name }) => ({ table: one.table, name }))),
  ]
  const found = await rows<{ place: number }>(
    live,
    `SELECT w.place::int AS place FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS w(relation, name, place)
     WHERE to_regclass(w.relation) IS NULL OR (w.name IS NOT NULL AND NOT EXISTS (SELECT FROM pg_attribute a
       WHERE a.attrelid = to_regclass(w.relation) AND a.attname = w.name AND NOT a.attisdropped AND a.attgenerated = ''))`,
    [wanted.map(({ table }) => quoted(table)), wanted.map(({ name }) => name)],
  )
  const gone = found.flatMap(({ place }): EngineRefusal[] => {
    const one = wanted[place - 1]
    return one === undefined ? [] : [{ code: 'protected_gone', facts: { table: shown(one.table), column: one.name } }]
  })
  const keyless = rowTables(catalogue).filter(
    (table) =>
      table.protected.length > 0 && (table.key.length === 0 || table.protected.some(({ name }) => table.key.includes(name))),
  )
  return [...gone, ...keyless.map((table): EngineRefusal => ({ code: 'protected_without_key', facts: { table: shown(table) } }))]
}

/** Values for returning rows that their columns cannot hold, as the server says it. Ask it outside a transaction. */
export async function findUnfitValues(live: Side, { columns }: Protection): Promise<string[]> {
  const unfit: string[] = []
  for (const { table, columns: named } of columns)
    for (const column of named) {
      const because = await whyUnfit(live, table, column)
      if (because !== null) unfit.push(`${shown(table)}.${column.name}: ${because}`)
    }
  return unfit
}

async function whyUnfit(live: Side, table: TableName, column: { name: string; whenBack: WhenBack }): Promise<string | null> {
  const { name, whenBack } = column
  if (whenBack === 'as_then') return null
  const [known] = await rows<{ type: string; notNull: boolean }>(
    live,
    `SELECT format_type(atttypid, atttypmod) AS type, attnotnull AS "notNull" FROM pg_attribute
     WHERE attrelid = to_regclass($1) AND attname = $2 AND NOT attisdropped`,
    [quoted(table), name],
  )
  if (known === undefined) return null
  if (whenBack.set === null) return known.notNull ? 'may not be empty' : null
  try {
    await rows(live, `SELECT ${quoteText(whenBack.set)}::${known.type}`)
    return null
  } catch (error) {
    if (!(error instanceof Error) || !/^2[23]/.test(sqlState(error) ?? '')) throw error
    return error.message
  }
}
