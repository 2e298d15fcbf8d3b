import type { z } from 'zod'
import type { ExtractedColumn, ExtractedRow, ExtractedRows } from '../../port.ts'
import { ask } from './ask.ts'
import { sumOfPage } from './page-sum.ts'
import { RemoteProblem } from './problem.ts'
import { pageAnswer, type ToldTable } from './protocol.ts'
import type { Remote } from './remote.ts'

type Place = { path: string; kind: ExtractedRows['kind']; table: ToldTable }

/** A table's rows from the first to the last, one page of them in memory, none handed on before its page was found to be the one that was told of. */
export async function* readRows(remote: Remote, { path, kind, table }: Place, signal: AbortSignal): AsyncGenerator<ExtractedRow> {
  let after = 0
  let sum = table.sum
  for (;;) {
    const page = (await ask(remote, { method: 'GET', path: `${path}?after=${after}` }, pageAnswer, signal)).value
    mustBeNext(page, { table, after, sum })
    for (const row of page.rows) mustBeRow(row, kind, table)
    yield* page.rows
    if (page.next === null) return
    after += page.rows.length
    sum = page.next
  }
}

type Awaited = { table: ToldTable; after: number; sum: string }

function mustBeNext({ after, rows, next }: z.output<typeof pageAnswer>, awaited: Awaited): void {
  const name = nameOf(awaited.table)
  if (after !== awaited.after)
    throw new RemoteProblem(`asked for the rows of ${name} after ${awaited.after}, it sends those after ${after}`)
  if (sumOfPage(rows, next) !== awaited.sum)
    throw new RemoteProblem(`after ${after} rows of ${name} come others than those that it told of`)
  const read = after + rows.length
  const left = awaited.table.rows - read
  if (next === null ? left !== 0 : left <= 0)
    throw new RemoteProblem(`it told of ${awaited.table.rows} rows of ${name}, and there are ${next === null ? read : 'more'}`)
}

const changes = { difference: ['newer', 'changed'], records: ['chosen'] } as const satisfies Record<
  ExtractedRows['kind'],
  ExtractedRow['change'][]
>

function mustBeRow({ change, values }: ExtractedRow, kind: ExtractedRows['kind'], table: ToldTable): void {
  const { columns } = table
  if (!changes[kind].some((one) => one === change)) throw new RemoteProblem(`a row of ${nameOf(table)} is told as ${change}`)
  if (values.length !== columns.length)
    throw new RemoteProblem(`a row of ${nameOf(table)} has ${values.length} values for ${columns.length} columns`)
  for (const [at, column] of columns.entries()) {
    const value = values[at] ?? null
    if (value !== null && !isOf(column.kind, value))
      throw new RemoteProblem(`${nameOf(table)}.${column.name} holds what is no value of its kind (${column.kind})`)
  }
}

// As PostgreSQL spells them. Whoever writes files relies on it: JSON is written as it is.
const number = /^-?(\d+(\.\d+)?(e[+-]\d+)?|Infinity)$|^NaN$/

function isOf(kind: ExtractedColumn['kind'], value: string): boolean {
  if (value.includes('\0') || !value.isWellFormed()) return false
  if (kind === 'number') return number.test(value)
  if (kind === 'boolean') return value === 't' || value === 'f'
  return kind !== 'json' || isJson(value)
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

const nameOf = ({ schema, table }: ToldTable) => `${schema}.${table}`
