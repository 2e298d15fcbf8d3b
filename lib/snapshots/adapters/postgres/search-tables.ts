import { byName, type Column, type Table } from '#lib/difference/catalogue.ts'
import { nameKey } from '#lib/difference/names.ts'
import type { Side } from '#lib/difference/side.ts'
import type { Found, SearchRequest } from '../../port.ts'
import { chooseTables } from './search-choice.ts'
import { readShapes } from './table-shapes.ts'

/** A table as one database has it, with what is read of it. */
export type SearchTable = {
  table: Table
  /** `ONLY`, but for a partitioned table, which is read as one whatever its partitions are (S101). */
  from: string
  key: readonly Column[]
  text: readonly Column[]
  used: Record<'title' | 'who' | 'when' | 'bin', Column | undefined>
  inCrm: boolean
}

/** What is looked through in this database, what is not and why, and every table of the scope by name. */
export async function searchTables(
  side: Side,
  request: SearchRequest,
): Promise<{ tables: SearchTable[]; leftOut: Found['leftOut']; names: Set<string> }> {
  const { shapes, catalogue } = await readShapes(side)
  const { chosen, leftOut, within } = chooseTables(shapes, request)
  const tables = byName(catalogue)
  const found = chosen.flatMap(({ shape, text, inCrm }): SearchTable[] => {
    const table = tables.get(nameKey(shape))
    if (table === undefined) return []
    const from = table.kind === 'p' ? table.quoted : `ONLY ${table.quoted}`
    const key = table.data.filter((column) => table.key.includes(column.name))
    const words = table.data.filter((column) => text.includes(column.name))
    return [{ table, from, key, text: words, used: usedColumns(table, request), inCrm }]
  })
  return { tables: found, leftOut, names: new Set(within.map(nameKey)) }
}

function usedColumns(table: Table, { columns }: SearchRequest): SearchTable['used'] {
  const told = columns.find((entry) => entry.schema === table.schema && entry.table === table.name)
  const named = (name: string | undefined) => table.columns.find((column) => column.name === name)
  return {
    title: named(told?.titleColumn),
    who: named(told?.whoColumn),
    when: named(told?.whenColumn),
    bin: named(told?.binColumn),
  }
}
