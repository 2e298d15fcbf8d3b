import { quoted, quoteName, type TableName } from '#lib/difference/names.ts'
import type { NamedRow } from '#lib/difference/put-back/types.ts'
import { rows, type Side } from '#lib/difference/side.ts'
import type { TableColumns } from '../../port.ts'

/** What a person would call a row that is named by its key, where its table has a column for that; null where it has none, or the row is gone. */
export async function titleOfRow(side: Side, table: TableName, row: NamedRow, columns: TableColumns[]): Promise<string | null> {
  const title = columns.find((entry) => entry.schema === table.schema && entry.table === table.name)?.titleColumn
  if (title === undefined) return null
  if (Object.hasOwn(row, title)) return row[title] ?? null
  const known = Object.entries(row).filter((entry): entry is [string, string] => entry[1] !== null)
  if (known.length === 0) return null
  const where = known.map(([name], index) => `t.${quoteName(name)}::text = $${index + 1}`).join(' AND ')
  const [found] = await rows<{ title: string | null }>(
    side,
    `SELECT left(t.${quoteName(title)}::text, 200) AS title FROM ONLY ${quoted(table)} AS t WHERE ${where} LIMIT 1`,
    known.map(([, value]) => value),
  )
  return found?.title ?? null
}
