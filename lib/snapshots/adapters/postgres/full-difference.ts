import { z } from 'zod'
import { readCatalogue } from '#lib/difference/catalogue.ts'
import { type CompareOptions, compare } from '#lib/difference/compare.ts'
import { countEdges } from '#lib/difference/count-edges.ts'
import type { Difference, TableDifference } from '#lib/difference/difference.ts'
import { readEdges } from '#lib/difference/edges.ts'
import { listedPlaces, without } from '#lib/difference/erased.ts'
import { nameKey, quoted, quoteName, shown, type TableName } from '#lib/difference/names.ts'
import { noRows, placeOf, type Row, type RowSet, rowSetOf } from '#lib/difference/row-set.ts'
import type { Scope } from '#lib/difference/scope.ts'
import { rows, type Side } from '#lib/difference/side.ts'

/**
 * The engine's difference, and whole tables where it has none: a table that drifted is no longer compared row by row, but a swap takes it away
 * all the same, so each of its rows counts as wiped, and each of the snapshot's as coming back (I4, S108). Call it inside `atOneMoment`.
 */
export async function fullDifference(live: Side, snapshot: Side, scope: Scope, options: CompareOptions): Promise<Difference> {
  const difference = await compare(live, snapshot, scope, options)
  const drifted = new Set(difference.drift.filter(({ kind }) => kind !== 'type_changed').map(({ name }) => name))
  const known = new Set(difference.tables.map(({ table }) => nameKey(table)))
  if (drifted.size === 0) return difference
  const there = { live: await readTables(live), snapshot: await readTables(snapshot) }
  const names = new Map([...there.live, ...there.snapshot].map((table) => [nameKey(table), table]))
  const listed = {
    live: await listedPlaces(live, await readCatalogue(live, scope)),
    snapshot: await listedPlaces(snapshot, await readCatalogue(snapshot, scope)),
  }
  let { records } = difference.erased
  const whole: TableDifference[] = []
  for (const [key, table] of names) {
    options.signal?.throwIfAborted()
    if (!drifted.has(shown(table)) || known.has(key)) continue
    const here = there.live.some((other) => nameKey(other) === key) ? await readAllRows(live, table) : noRows
    const then = there.snapshot.some((other) => nameKey(other) === key) ? await readAllRows(snapshot, table) : noRows
    // Who was erased is neither wiped nor brought back, whatever the table is like (S66).
    const newer = without(here, listed.live.get(key) ?? new Set())
    const missing = without(then, listed.snapshot.get(key) ?? new Set())
    records += then.length - missing.length
    const rowsOf = { rowsLive: newer.length, rowsSnapshot: missing.length }
    if (newer.length + missing.length > 0) whole.push({ table, missing, newer, changed: [], ...rowsOf, keyColumns: [] })
  }
  const tables = [...difference.tables, ...whole]
  const erased = { ...difference.erased, records }
  return { ...difference, tables, erased, edges: await countAgain(live, snapshot, scope, { ...difference, tables }, whole) }
}

/** What points into whole tables that go was not looked for by the engine (S71). */
async function countAgain(
  live: Side,
  snapshot: Side,
  scope: Scope,
  { edges, tables }: Difference,
  whole: readonly TableDifference[],
): Promise<Difference['edges']> {
  const going = new Set(whole.map(({ table }) => nameKey(table)))
  const into = (await readEdges(live, await readCatalogue(live, scope))).filter(
    ({ direction, toTables }) => direction === 'inward' && toTables.some((table) => going.has(nameKey(table))),
  )
  const again = new Map((await countEdges(live, snapshot, into, tables)).map((edge) => [edge.edge, edge]))
  return edges.map((edge) => (edge.direction === 'inward' ? (again.get(edge.edge) ?? edge) : edge))
}

const tableRow = z.object({ schema: z.string(), name: z.string() })

async function readTables(side: Side): Promise<TableName[]> {
  return z.array(tableRow).parse(
    await rows(
      side,
      `select n.nspname as schema, c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind = 'r' and c.relpersistence = 'p' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`,
    ),
  )
}

const placeRow = z.object({ place: z.string(), hash: z.string() })

async function readAllRows(side: Side, table: TableName): Promise<RowSet> {
  const columns = await rows<{ name: string }>(
    side,
    `select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = '' order by attnum`,
    [quoted(table)],
  )
  const row = columns.map(({ name }) => `t.${quoteName(name)}`).join(', ')
  const found: Row[] = []
  await rows(
    side,
    `declare rd_rows no scroll cursor for select t.ctid::text as place, hashtextextended(row(${row})::text collate "C", 0)::text as hash from only ${quoted(table)} t`,
  )
  for (;;) {
    const some = z.array(placeRow).parse(await rows(side, 'fetch 20000 from rd_rows'))
    for (const { place, hash } of some) found.push({ place: placeFrom(place), hash: BigInt(hash) })
    if (some.length === 0) break
  }
  await rows(side, 'close rd_rows')
  return rowSetOf(found)
}

function placeFrom(text: string): number {
  const [block, line] = text.slice(1, -1).split(',')
  return placeOf(Number(block), Number(line))
}
