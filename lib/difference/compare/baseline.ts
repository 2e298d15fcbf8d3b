import { type Catalogue, readCatalogue, rowTables, type Table } from '../catalogue.ts'
import { nameKey, type TableName } from '../names.ts'
import type { Scope } from '../scope.ts'
import { type Asked, atOneMoment, one, rows, type Side } from '../side.ts'
import { type BucketSums, bucketBits, countRows, sumBuckets, tableBytes } from './buckets.ts'
import { keyHash } from './key-hash.ts'

/**
 * What is kept of a snapshot when it is made, so that a later comparison need not read both sides whole. Never needed: without it, or where it
 * no longer holds, the exact way gives the same answer.
 */
export type Baseline = { readonly origin: Origin; readonly tables: readonly TableBaseline[] }

/** Which database at which instant the snapshot equals. */
export type Origin = {
  /** Of the cluster, with the database's oid: after a swap or a reload the portal is another database, and nothing here is true of it, until it is made so (`rebaseline.ts`). */
  readonly systemIdentifier: string
  readonly databaseOid: number
  /** Full transaction id: every row version that the instant saw was written by an earlier one (`pg_snapshot_xmin`). */
  readonly horizon: string
  /** From where WAL summaries tell which blocks of the portal are no longer those of the copy; null where they never were the same. */
  readonly blocks: BlockOrigin | null
}

export type BlockOrigin = { readonly timeline: number; readonly startLsn: string }

export type TableBaseline = {
  readonly table: TableName
  readonly rows: number
  readonly shape: string
  /** Sums of the keys' hashes, and the key they were made of; null for a table without one. */
  readonly keys: { readonly columns: readonly string[]; readonly sums: BucketSums } | null
  /** The file whose blocks are the portal's own; null where they are not, or too few are. */
  readonly file: TableFile | null
}

/** `written`: what the copy, or a copy that it was made from, has of its own. */
export type TableFile = { readonly filenode: number; readonly written: FileWrites }

/** Blocks of one file that were written, sorted; from `limit` on (where the file was cut off once) anything may have been. 0: made anew. */
export type FileWrites = { readonly blocks: Uint32Array; readonly limit: number | null }

/** By filenode. */
export type Written = ReadonlyMap<number, FileWrites>

/**
 * Asked at the instant that the snapshot shows: inside the transaction that froze the portal, or from any database of the server while nobody is in
 * the portal.
 */
export async function readOrigin(side: Asked, database: string): Promise<Omit<Origin, 'blocks'>> {
  return one<Omit<Origin, 'blocks'>>(
    side,
    `SELECT (SELECT system_identifier::text FROM pg_control_system()) AS "systemIdentifier",
       (SELECT oid::int8::float8 FROM pg_database WHERE datname = $1) AS "databaseOid",
       pg_snapshot_xmin(pg_current_snapshot())::text AS horizon`,
    [database],
  )
}

/** A copy that was made from another one and then written to: the other one's baseline, and what was written since. */
export type Descent = { readonly previous: Baseline; readonly written: Written }

/** Measured on the finished copy. Without descent it is a copy of the portal's files as they were at the origin. */
export async function measureBaseline(
  copy: Side,
  origin: Origin,
  descent: Descent | null,
  scope: Scope = { kind: 'all' },
): Promise<Baseline> {
  return atOneMoment([copy], async () => measure(copy, await readCatalogue(copy, scope), origin, descent))
}

async function measure(copy: Side, catalogue: Catalogue, origin: Origin, descent: Descent | null): Promise<Baseline> {
  const bodies = await readBodies(copy)
  const parents = new Map(descent?.previous.tables.map((parent) => [nameKey(parent.table), parent.file]))
  const tables: TableBaseline[] = []
  for (const table of rowTables(catalogue)) {
    const body = bodies.get(table.oid)
    if (body === undefined) continue
    const keys = await sumKeys(copy, table)
    const count = keys === null ? await countAll(copy, table) : countRows(keys.sums)
    const parent = descent ? (parents.get(nameKey(table)) ?? null) : { written: nothingWritten }
    const file = origin.blocks === null || parent === null ? null : fileOf(body, parent, descent?.written.get(body.filenode))
    tables.push({ table: { schema: table.schema, name: table.name }, rows: count, shape: body.shape, keys, file })
  }
  return { origin, tables }
}

export type TableBody = {
  readonly filenode: number
  readonly blocks: number
  /** Stands for what no block tells: dropped columns, and values that rows have without holding them (`ADD COLUMN … DEFAULT`). */
  readonly shape: string
}

/** Of every table that holds rows, by oid. */
export async function readBodies(side: Side): Promise<Map<number, TableBody>> {
  const found = await rows<TableBody & { oid: number }>(
    side,
    `SELECT c.oid::int8::float8 AS oid, pg_relation_filenode(c.oid)::int8::float8 AS filenode,
       (pg_relation_size(c.oid) / current_setting('block_size')::int)::float8 AS blocks,
       coalesce((SELECT md5(string_agg(ROW(a.attnum, a.attname, a.atttypid, a.attisdropped, a.attmissingval::text)::text, ',' ORDER BY a.attnum))
        FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0), '') AS shape
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`,
  )
  return new Map(found.map(({ oid, ...body }) => [oid, body]))
}

/** Of a file that was copied as it was. */
export const nothingWritten: FileWrites = { blocks: new Uint32Array(0), limit: null }

function fileOf(body: TableBody, parent: Pick<TableFile, 'written'>, since: FileWrites | undefined): TableFile | null {
  const written = union(parent.written, since)
  return isWorthwhile(written, body.blocks) ? { filenode: body.filenode, written } : null
}

export function union(a: FileWrites, b: FileWrites | undefined): FileWrites {
  if (b === undefined) return a
  const limits = [a.limit, b.limit].filter((limit) => limit !== null)
  return {
    blocks: Uint32Array.from(new Set([...a.blocks, ...b.blocks])).sort(),
    limit: limits.length === 0 ? null : Math.min(...limits),
  }
}

/** Reading half of a table by its blocks is no cheaper than reading it whole. */
export function isWorthwhile({ blocks, limit }: FileWrites, blocksInAll: number): boolean {
  const beyondLimit = limit === null ? 0 : Math.max(0, blocksInAll - limit)
  return limit !== 0 && (blocks.length + beyondLimit) * 2 <= blocksInAll + fewBlocks
}

const fewBlocks = 16

async function sumKeys(copy: Side, table: Table): Promise<TableBaseline['keys']> {
  const hash = keyHash(table, 't')
  if (hash === null) return null
  const bits = bucketBits(await tableBytes(copy, table.quoted))
  return { columns: table.key, sums: await sumBuckets(copy, `SELECT ${hash} AS h FROM ONLY ${table.quoted} AS t OFFSET 0`, bits) }
}

async function countAll(copy: Side, table: Table): Promise<number> {
  const { count } = await one<{ count: string }>(copy, `SELECT count(*)::text AS count FROM ONLY ${table.quoted}`)
  return Number(count)
}
