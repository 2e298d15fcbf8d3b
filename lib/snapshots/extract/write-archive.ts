import type { TableWords } from '#db/schema/index.ts'
import type { TableName } from '#lib/difference/names.ts'
import type { ExtractedRow, ExtractedTable } from '../port.ts'
import { columnName, tableName } from '../table-name.ts'
import { distinctNames } from './file-names.ts'
import { type ArchivedTable, fileWords, type Locale, type ReadmeFacts } from './file-words.ts'
import { inChunks } from './in-chunks.ts'
import { csvOf, jsonLinesOf, sqlOf, type TableText } from './table-files.ts'
import { type ZipEntry, zipStream } from './zip-stream.ts'

export type ArchiveOrder = {
  /** The reader's: names of files, headings, how a spreadsheet divides cells. */
  locale: Locale
  words: TableWords[]
  about: Omit<ReadmeFacts, 'tables'>
  /** Beyond it rows are counted and named as left out; bytes are of the values' text. */
  limit: { rows: number; bytes: number }
  /** Tables that `extract` does not hand out at all, to be named as left out. */
  withheldTables: TableName[]
  progress: (doneRows: number, totalRows: number) => void
}
export type Archive = {
  /** The zip, to be read once and to its end. */
  bytes: AsyncGenerator<Buffer>
  /** Known when the bytes are read. */
  tables: ArchivedTable[]
}

/**
 * One zip of all tables: a CSV each for people, JSON lines and SQL for machines, and what it is in both languages. Every table is read once a
 * format, so that nothing but the row at hand is in memory and nothing is written down in clear.
 */
export function writeArchive(extracted: ExtractedTable[], order: ArchiveOrder): Archive {
  const tables = extracted.map((table) => archivedTable(table, order.words))
  const withheld = order.withheldTables.map(({ schema, name: table }): ArchivedTable => {
    return { schema, table, name: tableName(order.words, { schema, table }), rows: 0, written: 0, withheld: 'all' }
  })
  const mtime = new Date(order.about.madeAt)
  const entries = filesOf(extracted, tables, withheld, order).map(({ path, text }): ZipEntry => {
    return { path, mtime, bytes: () => inChunks(text()) }
  })
  return { bytes: zipStream(entries), tables: [...tables, ...withheld] }
}

type File = { path: string; text: () => AsyncGenerator<string> }

function filesOf(extracted: ExtractedTable[], tables: ArchivedTable[], withheld: ArchivedTable[], order: ArchiveOrder): File[] {
  const words = fileWords[order.locale]
  const budget = budgetOf(extracted, order)
  const forPeople = distinctNames()
  const forMachines = distinctNames()
  const files = extracted.flatMap((table, index): File[] => {
    const told = tables[index]
    if (!told) return []
    const people = forPeople(told.name[order.locale])
    const machines = forMachines(`${table.schema}.${table.table}`)
    const file = (path: string, write: TableText, first: boolean): File => ({
      path,
      text: () => write(table, (rows) => budget(rows, told, first)),
    })
    const titles = (column: string) => columnName(order.words, table, column)[order.locale]
    return [
      file(`${words.forPeople}/${people}.csv`, csvOf(order.locale, words, titles), true),
      file(`${words.forMachines}/${machines}.jsonl`, jsonLinesOf, false),
      file(`${words.forMachines}/${machines}.sql`, sqlOf, false),
    ]
  })
  const readmes = (['en', 'pl'] as const).map(
    (locale): File => ({ path: `${fileWords[locale].readme}.txt`, text: () => readme(locale) }),
  )
  async function* readme(locale: Locale): AsyncGenerator<string> {
    yield `\uFEFF${fileWords[locale].readmeText({ ...order.about, tables: [...tables, ...withheld] }).join('\r\n')}\r\n`
  }
  // They tell the counts, so they are written when the tables are done.
  return [...files, ...readmes]
}

/** The first reading of a table finds out how many of its rows fit; the others write the same ones. */
function budgetOf(extracted: ExtractedTable[], { limit, progress }: ArchiveOrder) {
  const left = { ...limit }
  const total = extracted.reduce((sum, table) => sum + table.rows, 0)
  let read = 0
  return async function* (rows: AsyncGenerator<ExtractedRow>, told: ArchivedTable, first: boolean): AsyncGenerator<ExtractedRow> {
    let written = 0
    for await (const row of rows) {
      if (first) {
        left.bytes -= row.values.reduce((sum, value) => sum + (value?.length ?? 0), 0)
        if (left.rows <= 0 || left.bytes < 0) break
        left.rows -= 1
        told.written += 1
      } else if (written >= told.written) break
      written += 1
      read += 1
      progress(Math.floor(read / formats), total)
      yield row
    }
  }
}

const formats = 3

function archivedTable({ schema, table, rows, withheld }: ExtractedTable, words: TableWords[]): ArchivedTable {
  const told = { schema, table, name: tableName(words, { schema, table }), rows, written: 0 }
  const columns = withheld.map((column) => columnName(words, { schema, table }, column))
  return columns.length === 0 ? told : { ...told, withheld: columns }
}
