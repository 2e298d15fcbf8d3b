import type { Column, Table } from '../catalogue.ts'
import { rowHash } from './row-hash.ts'

const integers = [20, 21, 23]

/** The 64-bit hash of a row's key, for SQL; null for a table without one. Only ever compared with the same expression's value on a copy. */
export function keyHash(table: Table, alias: string): string | null {
  const key = keyColumns(table)
  const [first] = key
  if (first === undefined) return null
  // Nothing is cheaper, and half of all tables have such a key.
  if (key.length === 1 && integers.includes(first.typeOid)) return `hashint8extended(${alias}.${first.quoted}::int8, 0)`
  return rowHash(key, alias)
}

function keyColumns(table: Table): Column[] {
  return table.data.filter((column) => table.key.includes(column.name))
}
