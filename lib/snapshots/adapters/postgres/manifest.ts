import { createHash } from 'node:crypto'
import { z } from 'zod'
import { quoteName } from '#lib/difference/names.ts'
import { atOneMoment, rows, type Side } from '#lib/difference/side.ts'
import type { Manifest, Verification } from '../../port.ts'
import { readStructure, structureDigest } from './structure.ts'

/**
 * Counts and sums every table of a database at one instant. The side's pinned settings make a checksum mean the same on every server,
 * and `row_security=off` turns a hidden row into an error instead of a zero (S97). Each row is counted once: leaves only (S101).
 */
export async function measureManifest(side: Side, signal?: AbortSignal): Promise<Manifest> {
  return atOneMoment([side], async () => {
    const structure = structureDigest(await readStructure(side))
    const found = await readTables(side)
    const tables: Manifest['tables'] = []
    for (const table of found.filter(({ leftOut }) => leftOut === null)) {
      signal?.throwIfAborted()
      tables.push({ schema: table.schema, table: table.table, bytes: table.bytes, ...(await sumTable(side, table)) })
    }
    const leftOut = found.flatMap(({ schema, table, leftOut: why }) => (why === null ? [] : [{ schema, table, why }]))
    return { version: 1, serverVersion: side.versionNum, structure, tables, leftOut }
  })
}

/** Stands for what a manifest promises; sizes on disk are no promise. */
export function manifestDigest(manifest: Manifest): string {
  const promised = manifest.tables.map(({ schema, table, rows: count, checksum }) => [schema, table, count, checksum])
  return createHash('sha256')
    .update(JSON.stringify([manifest.structure, promised]))
    .digest('hex')
}

/** Names every table that is not what it was; one more line when something that is no row has moved. */
export function compareManifests(expected: Manifest, found: Manifest): Verification {
  const problems: { schema: string; table: string; problem: string }[] = []
  const key = (table: { schema: string; table: string }) => JSON.stringify([table.schema, table.table])
  const there = new Map(found.tables.map((table) => [key(table), table]))
  for (const table of expected.tables) {
    const now = there.get(key(table))
    there.delete(key(table))
    const say = (problem: string) => problems.push({ schema: table.schema, table: table.table, problem })
    if (!now) say('is not there')
    else if (now.rows !== table.rows) say(`holds ${now.rows} rows instead of ${table.rows}`)
    else if (now.checksum !== table.checksum) say('holds other rows than it did')
  }
  for (const { schema, table } of there.values()) problems.push({ schema, table, problem: 'was not there' })
  if (expected.structure !== found.structure) problems.push({ schema: '', table: '', problem: 'structure is not what it was' })
  return problems.length === 0 ? { ok: true } : { ok: false, problems }
}

export type MeasuredTable = z.infer<typeof tableRow>

/** Tables that can hold rows of their own, by name; `leftOut` says why the rows of one are no part of a snapshot. */
export async function readTables(side: Side): Promise<MeasuredTable[]> {
  return z.array(tableRow).parse(await rows(side, tablesQuery))
}

/**
 * Which row versions of those that a side sees are summed, told by the transaction (an xid8 as text) that wrote them or has deleted them since; a
 * deletion that the side's own moment does not know yet is seen all the same.
 */
export type RowVersions = { writtenBefore: string } | { removedSince: string } | 'all'

export async function sumTable(
  side: Side,
  table: MeasuredTable,
  which: RowVersions = 'all',
): Promise<{ rows: number; checksum: string }> {
  const [sum] = z.array(sumRow).parse(await rows(side, sumQuery(table, conditionOf(which))))
  if (!sum) throw new Error(`no sum of ${table.schema}.${table.table}`)
  return sum
}

// A row knows 32 bits of its transactions: one is younger when the way to it, round the circle, is the shorter one. Below 3 it is older than all, or none.
function conditionOf(which: RowVersions): string {
  if (which === 'all') return 'true'
  const younger = (column: string, xid: string) =>
    `(t.${column}::text::bigint >= 3 and ((t.${column}::text::bigint - ${BigInt(xid)}) & 4294967295) < 2147483648)`
  return 'writtenBefore' in which ? `not ${younger('xmin', which.writtenBefore)}` : younger('xmax', which.removedSince)
}

function sumQuery({ schema, table, columns }: MeasuredTable, condition: string): string {
  const row = columns.map((name) => `t.${quoteName(name)}`).join(', ')
  return `select count(*)::text as rows, coalesce(sum(hashtextextended(row(${row})::text collate "C", 0)::numeric), 0)::text as checksum
    from only ${quoteName(schema)}.${quoteName(table)} t where ${condition}`
}

const tableRow = z.object({
  schema: z.string(),
  table: z.string(),
  bytes: z.coerce.number(),
  leftOut: z.enum(['unlogged', 'foreign']).nullable(),
  columns: z.array(z.string()),
})
const sumRow = z.object({ rows: z.coerce.number(), checksum: z.string() })

// Generated columns are left out: they follow from the others.
const tablesQuery = `select n.nspname as schema, c.relname as "table",
    case when c.relkind = 'f' then 0 else pg_total_relation_size(c.oid) end::text as bytes,
    case when c.relkind = 'f' then 'foreign' when c.relpersistence = 'u' then 'unlogged' end as "leftOut",
    array(select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      and a.attgenerated = '' order by a.attnum) as columns
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'f') and c.relpersistence <> 't' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  order by n.nspname collate "C", c.relname collate "C"`
