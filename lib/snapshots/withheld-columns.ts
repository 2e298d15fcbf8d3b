import { nameKey, type TableName } from '#lib/difference/names.ts'
import type { Withheld } from './port.ts'

type Placed = TableName & { readonly parents: readonly TableName[] }

/**
 * Which columns of a table nobody is shown a value of, be it as an example, in a sum or as a record found: those that the portal's settings name (S64), of it
 * and of what it inherits from or is a partition of.
 */
export function withheldColumns(
  tables: readonly Placed[],
  withheld: Withheld | undefined,
): (table: TableName) => ReadonlySet<string> {
  const named = new Map((withheld?.columns ?? []).map(({ table, columns }) => [nameKey(table), columns]))
  if (named.size === 0) return () => new Set()
  const parents = new Map(tables.map((table) => [nameKey(table), table.parents]))
  const collect = (table: TableName): string[] => [
    ...(named.get(nameKey(table)) ?? []),
    ...(parents.get(nameKey(table)) ?? []).flatMap(collect),
  ]
  return (table) => new Set(collect(table))
}
