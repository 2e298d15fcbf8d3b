import type { QueryResultRow } from 'pg'
import type { Column } from '#lib/difference/catalogue.ts'
import { rows, run, type Side, sqlState } from '#lib/difference/side.ts'
import type { Found } from '../../port.ts'
import type { Hit } from './search-ledger.ts'
import type { SearchTable } from './search-tables.ts'

type Why = Found['leftOut'][number]['why']
export type Read = { hits: Hit[] } | { why: Why }

/** Of one table in one database; whoever types `a` is told that there is more. */
export const hitsAtMost = 2_000
const statementMs = 6_000

/** Records in whose text each of the patterns occurs. */
export function findHits(side: Side, searched: SearchTable, patterns: readonly string[], deadline: number): Promise<Read> {
  const text = searched.text.map((column) => `t.${column.quoted}::text`).join(', ')
  const all = patterns.map((_, at) => `concat_ws(chr(10), ${text}) COLLATE "C" ~ $${at + 1}`).join(' AND ')
  const statement = `SELECT ${fields(searched)} FROM ${searched.from} AS t WHERE ${all} LIMIT ${hitsAtMost + 1}`
  return hitsWithin(side, deadline, statement, patterns)
}

/** The records that bear these keys. */
export function lookUp(side: Side, searched: SearchTable, keys: readonly string[][], deadline: number): Promise<Read> {
  const lists = searched.key.map((_, at) => `$${at + 1}::text[]`).join(', ')
  const names = searched.key.map((_, at) => `k${at}`).join(', ')
  const same = searched.key.map((column, at) => sameKey(column, `k.k${at}`)).join(' AND ')
  const statement = `SELECT ${fields(searched)} FROM unnest(${lists}) AS k(${names}) JOIN ${searched.from} AS t ON ${same}`
  return hitsWithin(
    side,
    deadline,
    statement,
    searched.key.map((_, at) => keys.map((key) => key[at])),
  )
}

function fields({ key, used, table }: SearchTable): string {
  const told = (column: Column | undefined) => (column === undefined ? 'NULL' : `left(t.${column.quoted}::text, 300)`)
  return `ARRAY[${key.map((column) => `t.${column.quoted}::text`).join(', ')}]::text[] AS key, ${told(used.title)} AS title,
    ${told(used.who)} AS who, ${told(used.when)} AS when, ${binOf(used.bin)} AS bin, ${markOf(table)} AS mark`
}

/** A flag says only that; anything else says since when. */
function binOf(column: Column | undefined): string {
  if (column === undefined) return 'NULL'
  const is = `t.${column.quoted}`
  if (column.type === 'boolean') return `CASE WHEN ${is} THEN '' END`
  return /^(smallint|integer|bigint|numeric)/.test(column.type) ? `CASE WHEN ${is} <> 0 THEN '' END` : `left(${is}::text, 300)`
}

/** What a place that is no database can work out too, from the same text: the sum of the row's text under pinned settings. */
function markOf({ data }: SearchTable['table']): string {
  const row = `ROW(${data.map((column) => `t.${column.quoted}`).join(', ')})::text`
  return `encode(sha256(convert_to(${row}, getdatabaseencoding())), 'hex')`
}

/** The `=` of a type of the portal's own may be anything; its text is what it is. */
function sameKey(column: Column, text: string): string {
  return column.typeOid >= 16384 ? `t.${column.quoted}::text = ${text}` : `t.${column.quoted} = ${text}::${column.type}`
}

/** Errors of one statement that say nothing of the others: data, rights, structure, a limit of the server. */
const ofThisStatement = /^(22|42|54|XX)/

export type Deletion = { entity: string; key: string; who: string | null; when: string | null }

/** Lines of the portal's own trail; none where it cannot be read. */
export async function readTrail(
  side: Side,
  deadline: number,
  statement: string,
  values: readonly unknown[],
): Promise<Deletion[]> {
  const read = await within<Deletion>(side, deadline, statement, values)
  return 'why' in read ? [] : read.rows
}

async function hitsWithin(side: Side, deadline: number, statement: string, values: readonly unknown[]): Promise<Read> {
  const read = await within<Hit>(side, deadline, statement, values)
  return 'why' in read ? read : { hits: read.rows }
}

/** Runs one statement of the open transaction, which goes on whatever becomes of it. */
async function within<R extends QueryResultRow>(
  side: Side,
  deadline: number,
  statement: string,
  values: readonly unknown[],
): Promise<Answer<R>> {
  const left = Math.floor(deadline - performance.now())
  if (left <= 0) return { why: 'not_reached' }
  await run(side, `SAVEPOINT reading; SET LOCAL statement_timeout = ${Math.min(left, statementMs)}`)
  const answer = await answerOf<R>(side, statement, values)
  await run(side, 'RELEASE SAVEPOINT reading')
  return answer
}

type Answer<R> = { rows: R[] } | { why: Why }

async function answerOf<R extends QueryResultRow>(side: Side, statement: string, values: readonly unknown[]): Promise<Answer<R>> {
  try {
    return { rows: await rows<R>(side, statement, values) }
  } catch (error) {
    const state = sqlState(error) ?? ''
    if (state !== '57014' && !ofThisStatement.test(state)) throw error
    await run(side, 'ROLLBACK TO SAVEPOINT reading')
    // A letter that this database's encoding does not have is in none of its records.
    if (state === '22P05') return { rows: [] }
    return { why: state === '57014' ? 'too_slow' : 'unreadable' }
  }
}
