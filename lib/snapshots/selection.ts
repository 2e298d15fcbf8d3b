import { z } from 'zod'
import type { Scope } from '#lib/domain/policy/policy.ts'
import type { Capabilities, ChosenRecords, RecordKeys } from './port.ts'

const recordsSchema = z.object({
  schema: z.string(),
  table: z.string(),
  /** Of the table's own key, in its order. */
  columns: z.array(z.string()).min(1),
  keys: z.array(z.array(z.string()).min(1)).min(1),
})
export type SelectedRecords = z.infer<typeof recordsSchema>

/**
 * What a preview of the scopes `extract` and `put_back` is about, kept with it and part of its digest: records as their keys' text, `within` how
 * far whoever chose them may see; or, for an undo, the run whose put-back is taken out again.
 */
export const selectionSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('records'), within: z.enum(['crm', 'full']), records: z.array(recordsSchema).min(1) }),
  z.object({ kind: z.literal('undo'), runId: z.uuid() }),
])
export type Selection = z.infer<typeof selectionSchema>

/** The same records in the two shapes in which the port asks for them. */
export function chosenRecords(records: readonly SelectedRecords[]): ChosenRecords[] {
  return records.map(({ schema, table, keys }) => ({ table: { schema, name: table }, keys }))
}

export function recordKeys(records: readonly SelectedRecords[]): RecordKeys[] {
  return records.map(({ schema, table, columns, keys }) => ({
    schema,
    table,
    keys: keys.map((key) => Object.fromEntries(columns.map((column, at) => [column, key[at] ?? '']))),
  }))
}

type Found = { schema: string; table: string; key: Record<string, string>; keyColumns: string[] }

/** Records as a search found them, by table and in one order, so that the same choice is the same selection. */
export function selectedOf(found: readonly Found[]): SelectedRecords[] {
  const byTable = Map.groupBy(found, ({ schema, table }) => JSON.stringify([schema, table]))
  return [...byTable.values()]
    .flatMap((records) => {
      const [first] = records
      if (!first) return []
      const columns = first.keyColumns.length > 0 ? first.keyColumns : Object.keys(first.key)
      const keys = records.map(({ key }) => columns.map((column) => key[column] ?? ''))
      const distinct = new Map(keys.map((key) => [JSON.stringify(key), key]))
      return [{ schema: first.schema, table: first.table, columns, keys: [...distinct].sort(byText).map(([, key]) => key) }]
    })
    .sort((one, other) => (`${one.schema}.${one.table}` < `${other.schema}.${other.table}` ? -1 : 1))
}

const byText = ([one]: [string, unknown], [other]: [string, unknown]): number => (one < other ? -1 : 1)

/** What an adapter's declared capabilities allow a ticket to ask for: nothing is offered that it could not do. */
export function scopesOf(can: Pick<Capabilities, 'extract' | 'putBack' | 'restoreInPlace' | 'restoreSwap'>): Scope[] {
  return [
    ...(can.extract ? (['extract'] as const) : []),
    ...(can.putBack ? (['put_back'] as const) : []),
    ...(can.restoreInPlace ? (['crm'] as const) : []),
    ...(can.restoreInPlace || can.restoreSwap ? (['full'] as const) : []),
  ]
}
