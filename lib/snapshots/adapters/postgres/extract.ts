import { z } from 'zod'
import { type Column, readColumns } from '#lib/difference/catalogue.ts'
import type { TableDifference } from '#lib/difference/difference.ts'
import { nameKey, quoted, type TableName } from '#lib/difference/names.ts'
import { type RowSet, rowSetOf, rowsOf } from '#lib/difference/row-set.ts'
import { atOneMoment, rows, type Side } from '#lib/difference/side.ts'
import { streamPlaces } from '#lib/difference/stream-rows.ts'
import type { ExtractedColumn, ExtractedRow, ExtractedTable, ExtractRequest, SnapshotRef } from '../../port.ts'
import { baselineOf } from './baseline.ts'
import { chooseRecords } from './choose-records.ts'
import { withCopy } from './copies.ts'
import { fullDifference } from './full-difference.ts'
import { scopeOf, withSides } from './sides.ts'
import type { WantedRows } from './wanted-rows.ts'
import { readWithheld } from './withheld.ts'

/** Opens the copies for as long as `use` runs, each side at one instant: what is read twice is the same twice. */
export async function extract<T>(
  request: ExtractRequest,
  use: (extracted: ExtractedTable[], withheldTables: TableName[]) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const { portal, source, what } = request
  const others = what.kind === 'difference' ? what.against : []
  // What hung on an erased record is told from live, which has it no more (S66).
  const besides = what.kind === 'records' && portal.protection?.erased ? [{ databaseName: portal.databaseName }] : others
  return withCopies(portal.adminUrl, [source, ...others], () =>
    withSides(portal.adminUrl, [source, ...besides], (from, ...sides) => {
      if (!from) throw new Error('no side was opened')
      return atOneMoment([from, ...sides], async () => {
        const wanted =
          what.kind === 'difference'
            ? await differing(request, from, sides, signal)
            : await chooseRecords(request, from, sides[0])
        const withheld = await readWithheld(from, portal, what.scope)
        const tables: ExtractedTable[] = []
        for (const one of wanted)
          if (!withheld.holds(one.table)) tables.push(await extractedTable(from, one, withheld.columnsOf(one.table), signal))
        return use(tables, withheld.tables)
      })
    }),
  )
}

async function withCopies<T>(adminUrl: string, copies: SnapshotRef[], use: () => Promise<T>): Promise<T> {
  const [first, ...rest] = copies
  return first ? withCopy(adminUrl, first.databaseName, () => withCopies(adminUrl, rest, use)) : use()
}

async function differing(
  { portal, what }: ExtractRequest,
  from: Side,
  sides: Side[],
  signal?: AbortSignal,
): Promise<WantedRows[]> {
  if (what.kind !== 'difference') return []
  let found: WantedRows[] | null = null
  for (const [index, snapshot] of what.against.entries()) {
    const side = sides[index]
    if (!side) throw new Error('a snapshot was not opened')
    const options = { signal, baseline: baselineOf(snapshot), pairByKey: index === 0 }
    const { tables } = await fullDifference(from, side, scopeOf(portal, what.scope), options)
    found = found === null ? tables.map(wantedOf) : inBoth(found, tables)
  }
  return (found ?? []).filter((wanted) => rowsIn(wanted) > 0)
}

function wantedOf({ table, newer, changed }: TableDifference): WantedRows {
  return { table, sets: { newer, changed: rowSetOf(changed.map((pair) => pair.live)) } }
}

/** The rows that differ from the next snapshot too: as they are, they are in neither. */
function inBoth(found: WantedRows[], tables: readonly TableDifference[]): WantedRows[] {
  const byName = new Map(tables.map((table) => [nameKey(table.table), table]))
  return found.flatMap(({ table, sets }) => {
    const other = byName.get(nameKey(table))
    if (!other) return []
    const places = new Set([...other.newer.places, ...other.changed.map((pair) => pair.live.place)])
    const kept = (set: RowSet | undefined) => rowSetOf([...rowsOf(set ?? rowSetOf([]))].filter((row) => places.has(row.place)))
    return [{ table, sets: { newer: kept(sets.newer), changed: kept(sets.changed) } }]
  })
}

const rowsIn = ({ sets }: WantedRows) => Object.values(sets).reduce((sum, set) => sum + set.length, 0)

async function extractedTable(
  from: Side,
  wanted: WantedRows,
  withheld: ReadonlySet<string>,
  signal?: AbortSignal,
): Promise<ExtractedTable> {
  const columns = (await readColumns(from, wanted.table)).filter(({ name }) => !withheld.has(name))
  const count = rowsIn(wanted)
  return {
    schema: wanted.table.schema,
    table: wanted.table.name,
    columns: await kindsOf(from, columns),
    withheld: [...withheld],
    rows: count,
    bytes: Math.ceil(count * (await bytesPerRow(from, wanted.table, count))),
    read: () => readWanted(from, wanted, columns, signal),
  }
}

async function* readWanted(
  from: Side,
  { table, sets }: WantedRows,
  columns: readonly Column[],
  signal?: AbortSignal,
): AsyncGenerator<ExtractedRow> {
  for (const change of ['newer', 'changed', 'chosen'] as const) {
    const places = sets[change]
    if (!places) continue
    for await (const values of streamPlaces(from, table, columns, places)) {
      signal?.throwIfAborted()
      yield { change, values }
    }
  }
}

const kindRow = z.object({ oid: z.string(), kind: z.enum(['number', 'boolean', 'json', 'other']) })

/** By the type below all domains. */
async function kindsOf(from: Side, columns: readonly Column[]): Promise<ExtractedColumn[]> {
  const asked = await rows(
    from,
    `with recursive base(oid, at) as (
        select unnest($1::oid[]), unnest($1::oid[])
        union select b.oid, t.typbasetype from base b join pg_type t on t.oid = b.at where t.typbasetype <> 0)
      select b.oid::text as oid, case when t.oid = any ('{int2,int4,int8,numeric,float4,float8}'::regtype[]::oid[]) then 'number'
          when t.oid = 'bool'::regtype then 'boolean' when t.oid in ('json'::regtype, 'jsonb'::regtype) then 'json' else 'other' end as kind
        from base b join pg_type t on t.oid = b.at where t.typbasetype = 0`,
    [columns.map((column) => column.typeOid)],
  )
  const kinds = new Map(
    z
      .array(kindRow)
      .parse(asked)
      .map(({ oid, kind }) => [Number(oid), kind]),
  )
  return columns.map(({ name, type, typeOid, generated }) => ({ name, type, kind: kinds.get(typeOid) ?? 'other', generated }))
}

const sizeRow = z.object({ bytes: z.coerce.number() })

async function bytesPerRow(from: Side, table: TableName, atLeast: number): Promise<number> {
  const asked = await rows(
    from,
    'select pg_table_size(oid) / greatest(reltuples::int8, $2::int8, 1) as bytes from pg_class where oid = $1::regclass',
    [quoted(table), atLeast],
  )
  return z.array(sizeRow).parse(asked)[0]?.bytes ?? 0
}
