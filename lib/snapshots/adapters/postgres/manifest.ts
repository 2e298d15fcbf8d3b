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
    const found = z.array(tableRow).parse(await rows(side, tablesQuery))
    const tables: Manifest['tables'] = []
    for (const table of found.filter(({ leftOut }) => leftOut === null)) {
      signal?.throwIfAborted()
      const [sum] = z.array(sumRow).parse(await rows(side, sumQuery(table)))
      if (!sum) throw new Error(`no sum of ${table.schema}.${table.table}`)
      tables.push({ schema: table.schema, table: table.table, rows: sum.rows, bytes: table.bytes, checksum: sum.checksum })
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

type Table = z.infer<typeof tableRow>

function sumQuery({ schema, table, columns }: Table): string {
  const row = columns.map((name) => `t.${quoteName(name)}`).join(', ')
  return `select count(*)::text as rows, coalesce(sum(hashtextextended(row(${row})::text collate "C", 0)::numeric), 0)::text as checksum
    from only ${quoteName(schema)}.${quoteName(table)} t`
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
