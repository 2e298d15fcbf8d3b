import { createHash } from 'node:crypto'
import type { Comparison, ExtractedTable, SnapshotRef, TableColumns, Tally } from '../port.ts'
import type { PortalAtHand } from '../portal-at-hand.ts'
import { examplesAtMost, type PreviewExample, type PreviewReport } from '../preview-report.ts'
import { recordKeys, type Selection } from '../selection.ts'
import { columnName, tableName } from '../table-name.ts'

type Order = {
  hand: PortalAtHand
  snapshot: { ref: SnapshotRef; completedAt: Date }
  selection: Extract<Selection, { kind: 'records' }>
  columns: TableColumns[]
  examplesPerTable: number
}
type Described = { comparison: Pick<Comparison, 'digest' | 'wiped' | 'method' | 'comparedAt' | 'total'>; report: PreviewReport }

/** What the files of an extract would hold: chosen records of one restore point with all that belongs to them. The portal itself is not looked at. */
export async function describeExtract(order: Order, signal: AbortSignal): Promise<Described> {
  const { hand, snapshot, selection, columns } = order
  const began = performance.now()
  const comparedAt = new Date().toISOString()
  const what = { kind: 'records', records: recordKeys(selection.records), children: true, scope: selection.within } as const
  const { tables, examples, withheldTables } = await hand.adapter.extract(
    { portal: hand.ref, source: snapshot.ref, what },
    async (extracted, withheldTables) => {
      const told: PreviewExample[] = []
      for (const table of extracted) told.push(...(await examplesOf(table, columns, order.examplesPerTable)))
      const tables = extracted.map(({ schema, table, rows, withheld }) => ({ schema, table, rows, withheld }))
      return { tables, examples: told, withheldTables }
    },
    signal,
  )
  const rows = tables.reduce((sum, table) => sum + table.rows, 0)
  const total: Tally = { missing: rows, newer: 0, changed: 0 }
  const { portal } = hand
  const words = portal.tableWords
  const report: PreviewReport = {
    version: 1,
    method: 'exact',
    snapshotAt: snapshot.completedAt.toISOString(),
    comparedAt,
    durationMs: Math.round(performance.now() - began),
    totals: { comesBack: rows, wiped: 0, changed: 0, usersAffected: portal.userCount },
    tables: tables
      .map(({ schema, table, rows: missing }) => {
        const name = tableName(words, { schema, table })
        return { schema, table, name, missing, newer: 0, changed: 0, money: null }
      })
      .sort((one, other) => other.missing - one.missing),
    people: [],
    hours: [],
    examples: examples.slice(0, examplesAtMost),
    examplesCut: rows > Math.min(examples.length, examplesAtMost),
    edges: [],
    notices: [],
    structure: [],
    way: 'files',
    writePauseMs: 0,
    offlineMs: 0,
    withheld: [
      ...withheldTables.map(({ schema, name: table }) => ({ name: tableName(words, { schema, table }), columns: null })),
      ...tables
        .filter(({ withheld }) => withheld.length > 0)
        .map((table) => ({
          name: tableName(words, table),
          columns: table.withheld.map((column) => columnName(words, table, column)),
        })),
    ],
  }
  const counted = tables.map(({ schema, table, rows }) => ({ schema, table, rows }))
  const digest = digestOf([portal.id, snapshot.ref.id, selection, counted])
  return { comparison: { digest, wiped: new Uint8Array(), method: 'exact', comparedAt, total }, report }
}

/** A restore point never changes, so what was chosen from which says which rows it is. */
function digestOf(parts: unknown[]): string {
  return createHash('sha256')
    .update(JSON.stringify(['extract', ...parts]))
    .digest('hex')
}

async function examplesOf(table: ExtractedTable, columns: TableColumns[], atMost: number): Promise<PreviewExample[]> {
  const used = columns.find((entry) => entry.schema === table.schema && entry.table === table.table)
  const place = (name: string | undefined) => table.columns.findIndex((column) => column.name === name)
  const at = {
    title: place(used?.titleColumn),
    who: place(used?.whoColumn),
    when: place(used?.whenColumn),
    money: place(used?.moneyColumn),
  }
  const told: PreviewExample[] = []
  if (at.title < 0) return told
  for await (const { values } of table.read()) {
    if (told.length >= atMost) break
    const cell = (index: number) => values[index]?.slice(0, 200) ?? null
    told.push({
      schema: table.schema,
      table: table.table,
      kind: 'missing',
      title: cell(at.title),
      who: cell(at.who),
      when: cell(at.when),
      money: cell(at.money),
      key: null,
    })
  }
  return told
}
