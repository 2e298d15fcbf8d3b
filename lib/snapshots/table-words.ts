import { z } from 'zod'
import type { TableWords } from '#db/schema/index.ts'
import type { TableShape } from './preview-columns.ts'

const column = z.string().min(1)
const words = z.strictObject({ en: z.string().min(1).max(60), pl: z.string().min(1).max(60) })

/** What people call a portal's tables and what their columns are for, as `npm run portal -- words` takes it and the portal's row keeps it. */
export const tableWordsSchema = z.array(
  z.strictObject({
    schema: z.string().min(1),
    table: z.string().min(1),
    name: words.exactOptional(),
    whoColumn: column.exactOptional(),
    whenColumn: column.exactOptional(),
    titleColumn: column.exactOptional(),
    moneyColumn: column.exactOptional(),
    currencyColumn: column.exactOptional(),
    binColumn: column.exactOptional(),
    stages: z.strictObject({ column, names: z.record(z.string(), words) }).exactOptional(),
    columnNames: z.record(column, words).exactOptional(),
  }),
) satisfies z.ZodType<TableWords[]>

/** What the words name and the portal does not have; empty when all is there. */
export function findUnknownWords(tables: readonly TableWords[], shapes: readonly TableShape[]): string[] {
  return tables.flatMap((told) => {
    const shape = shapes.find(({ schema, table }) => schema === told.schema && table === told.table)
    if (shape === undefined) return [`there is no table ${told.schema}.${told.table}`]
    const { whoColumn, whenColumn, titleColumn, moneyColumn, currencyColumn, binColumn, stages } = told
    const used = [whoColumn, whenColumn, titleColumn, moneyColumn, currencyColumn, binColumn, stages?.column]
    return [...used.filter((name) => name !== undefined), ...Object.keys(told.columnNames ?? {})]
      .filter((name) => !shape.columns.some((known) => known.name === name))
      .map((name) => `${told.schema}.${told.table} has no column ${name}`)
  })
}
