import { quoteName, quoteText } from '#lib/difference/names.ts'
import type { ExtractedRow, ExtractedTable } from '../port.ts'
import { cellOf, spreadsheets, textCell } from './cells.ts'
import type { FileWords, Locale } from './file-words.ts'

/** One table as text, a chunk a row, so that memory holds one row; `take` limits the rows. */
export type TableText = (
  table: ExtractedTable,
  take: (rows: AsyncGenerator<ExtractedRow>) => AsyncGenerator<ExtractedRow>,
) => AsyncGenerator<string>

/** For people: opens in a spreadsheet as it is. `titles` gives a column its human name. */
export function csvOf(locale: Locale, words: FileWords, titles: (column: string) => string): TableText {
  const spreadsheet = spreadsheets[locale]
  const line = (cells: string[]) => `${cells.join(spreadsheet.separator)}\r\n`
  return async function* (table, take) {
    // Without the mark Excel reads UTF-8 as the machine's own alphabet.
    yield `\uFEFF${line([words.changeColumn, ...table.columns.map(({ name }) => titles(name))].map((text) => textCell(text, spreadsheet)))}`
    for await (const { change, values } of take(table.read())) {
      const cells = table.columns.map(({ kind }, index) => cellOf(values[index] ?? null, kind, spreadsheet))
      yield line([words.change[change], ...cells])
    }
  }
}

// What JSON can say as a number; NaN and the infinities it cannot.
const jsonNumber = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/

/** For machines: a JSON object a line. Numbers with all their digits, JSON as it is, everything else as PostgreSQL spells it. */
export const jsonLinesOf: TableText = async function* (table, take) {
  for await (const { change, values } of take(table.read())) {
    const fields = table.columns.map(({ name, kind }, index) => `${JSON.stringify(name)}:${jsonOf(values[index] ?? null, kind)}`)
    yield `{"change":"${change}","row":{${fields.join(',')}}}\n`
  }
}

function jsonOf(value: string | null, kind: ExtractedTable['columns'][number]['kind']): string {
  if (value === null) return 'null'
  if (kind === 'boolean') return value === 't' ? 'true' : 'false'
  if (kind === 'number' && jsonNumber.test(value)) return value
  // Inside its strings JSON has no bare line breaks: those between its parts may as well be spaces.
  return kind === 'json' ? value.replaceAll(/[\r\n]/g, ' ') : JSON.stringify(value)
}

/** For machines: an INSERT a row, in the order of the table's columns; what the database computes itself is left out. */
export const sqlOf: TableText = async function* (table, take) {
  const written = table.columns.flatMap((column, index) => (column.generated ? [] : [{ name: quoteName(column.name), index }]))
  const into = `insert into ${quoteName(table.schema)}.${quoteName(table.table)}`
  yield "set DateStyle = 'ISO, YMD';\nset IntervalStyle = 'postgres';\nset TimeZone = 'UTC';\nset lc_monetary = 'C';\nset xmloption = 'content';\n"
  let last: ExtractedRow['change'] | null = null
  for await (const { change, values } of take(table.read())) {
    if (change !== last) yield `-- ${change}\n`
    last = change
    const literals = written.map(({ index }) => literalOf(values[index]))
    yield written.length === 0
      ? `${into} default values;\n`
      : `${into} (${written.map(({ name }) => name).join(', ')}) overriding system value values (${literals.join(', ')});\n`
  }
}

/** Quoted, numbers too: an untyped literal becomes the column's type by that type's own reading, which is exact (a bare −0 would not be). */
function literalOf(value: string | null | undefined): string {
  return value === null || value === undefined ? 'null' : quoteText(value)
}
