import { gunzipSync, gzipSync } from 'node:zlib'
import type { Difference, TableDifference } from './difference.ts'
import { nameKey, type TableName } from './names.ts'
import { refuse } from './refusal.ts'

/**
 * The rows that a restore would wipe, by table: sorted 64-bit hashes, a hash as often as the row. Large objects that would go or be
 * overwritten count as rows of a table without a name. Consent is given to such a set, so that growth is known exactly (I4, R11).
 */
export type WipedSet = { readonly tables: ReadonlyMap<string, WipedTable> }
export type WipedTable = {
  readonly table: TableName
  readonly hashes: BigInt64Array
  /** Of a table that was sampled (S38): so many rows more are consented to by number, without being known. Absent: none. */
  readonly unseen?: number
}

export type Growth = { readonly rows: number; readonly tables: readonly { readonly table: TableName; readonly rows: number }[] }

export const largeObjectTable: TableName = { schema: '', name: '' }

export function wipedSetOf(difference: Difference): WipedSet {
  const tables = new Map<string, WipedTable>()
  for (const compared of difference.tables) {
    const { table } = compared
    const hashes = wipedHashes(compared)
    if (hashes.length > 0) tables.set(nameKey(table), { table, hashes })
  }
  for (const { table, seen, newer, changed } of difference.sampled ?? []) {
    const hashes = wipedHashes(seen)
    tables.set(nameKey(table), { table, hashes, unseen: Math.max(0, newer.atMost + changed.atMost - hashes.length) })
  }
  const objects = difference.largeObjects.flatMap(({ hashLive }) => (hashLive === null ? [] : [hashLive]))
  if (objects.length > 0)
    tables.set(nameKey(largeObjectTable), { table: largeObjectTable, hashes: BigInt64Array.from(objects).sort() })
  return { tables }
}

function wipedHashes({ newer, changed }: TableDifference): BigInt64Array {
  const hashes = new BigInt64Array(newer.length + changed.length)
  hashes.set(newer.hashes)
  changed.forEach((pair, index) => {
    hashes[newer.length + index] = pair.live.hash
  })
  return hashes.sort()
}

/** How many rows would be wiped now that were not among the consented ones; rows that need no wiping any more do not make up for them. */
export function growthSince(consented: WipedSet, now: WipedSet): Growth {
  const tables: { table: TableName; rows: number }[] = []
  for (const [key, { table, hashes }] of now.tables) {
    const agreed = consented.tables.get(key)
    const rows = countBeyond(agreed?.hashes ?? new BigInt64Array(0), hashes) - (agreed?.unseen ?? 0)
    if (rows > 0) tables.push({ table, rows })
  }
  return { rows: tables.reduce((sum, table) => sum + table.rows, 0), tables }
}

/** More than consented plus tolerance: the owner is asked again (R11, I4). */
export function refuseGrowth(consent: { consented: WipedSet | null; toleranceRows: number }, now: WipedSet): void {
  if (consent.consented === null) return
  const { rows, tables } = growthSince(consent.consented, now)
  if (rows <= consent.toleranceRows) return
  const named = tables.map(({ table, rows: count }) => `${table.schema}.${table.name}: ${count}`)
  throw refuse('loss_grew', { rows, toleranceRows: consent.toleranceRows, tables: named })
}

/** Compact bytes for a column of the desk: gzip of a JSON header line and the hashes, little-endian. */
export function packWipedSet(set: WipedSet): Buffer {
  const tables = [...set.tables.values()].sort((a, b) => (nameKey(a.table) < nameKey(b.table) ? -1 : 1))
  const header = tables.map(({ table, hashes, unseen }) => [table.schema, table.name, hashes.length, ...(unseen ? [unseen] : [])])
  const parts = [Buffer.from(`${JSON.stringify(header)}\n`)]
  for (const { hashes } of tables) {
    const bytes = Buffer.alloc(hashes.length * 8)
    hashes.forEach((hash, index) => {
      bytes.writeBigInt64LE(hash, index * 8)
    })
    parts.push(bytes)
  }
  return gzipSync(Buffer.concat(parts))
}

export function unpackWipedSet(packed: Uint8Array): WipedSet {
  const bytes = gunzipSync(packed)
  const end = bytes.indexOf(10)
  const header: unknown = JSON.parse(bytes.subarray(0, end).toString())
  if (!isList(header)) throw new Error('Not a packed wiped set')
  let at = end + 1
  const tables = new Map<string, WipedTable>()
  for (const entry of header) {
    const { table, length, unseen } = headerEntry(entry)
    const hashes = new BigInt64Array(length)
    for (let index = 0; index < length; index++, at += 8) hashes[index] = bytes.readBigInt64LE(at)
    tables.set(nameKey(table), { table, hashes, ...(unseen === undefined ? {} : { unseen }) })
  }
  return { tables }
}

/** `Array.isArray` alone would make the entries `any`. */
function isList(value: unknown): value is unknown[] {
  return Array.isArray(value)
}

function headerEntry(entry: unknown): { table: TableName; length: number; unseen: number | undefined } {
  if (!Array.isArray(entry)) throw new Error('Not a packed wiped set')
  const [schema, name, length, unseen]: unknown[] = entry
  if (typeof schema !== 'string' || typeof name !== 'string' || typeof length !== 'number')
    throw new Error('Not a packed wiped set')
  if (unseen !== undefined && typeof unseen !== 'number') throw new Error('Not a packed wiped set')
  return { table: { schema, name }, length, unseen }
}

// Both sorted: one walk.
function countBeyond(known: BigInt64Array, now: BigInt64Array): number {
  let beyond = 0
  let at = 0
  for (const hash of now) {
    for (let next = known[at]; next !== undefined && next < hash; next = known[at]) at++
    if (known[at] === hash) at++
    else beyond++
  }
  return beyond
}
