import { createHash } from 'node:crypto'
import type { Difference, TableDifference } from './difference.ts'
import { nameKey } from './names.ts'

/**
 * The fingerprint of one loss preview: sha-256 in hex over what comes back, what is wiped, what was only sampled and within which bounds, references, large objects, sequences ahead, drift, and
 * what it was made for (`binding`: portal, snapshot, scope …). The same whatever the order in which rows or tables were found; places are no part of it.
 */
export function digestOf(difference: Difference, binding: Readonly<Record<string, string>>): string {
  const hash = createHash('sha256')
  const line = (...parts: readonly unknown[]) => hash.update(`${JSON.stringify(parts)}\n`)
  line('binding', Object.entries(binding).sort(byFirst))
  for (const table of [...difference.tables].sort((a, b) => (nameKey(a.table) < nameKey(b.table) ? -1 : 1))) {
    line('table', table.table.schema, table.table.name)
    for (const [kind, hashes] of Object.entries(hashesOf(table))) {
      line(kind, hashes.length)
      hash.update(littleEndian(hashes.sort()))
    }
  }
  for (const { table, missing, newer, changed, rowsLookedAt, seen } of [...(difference.sampled ?? [])].sort((a, b) =>
    nameKey(a.table) < nameKey(b.table) ? -1 : 1,
  )) {
    line('sampled', table.schema, table.name, missing, newer, changed, rowsLookedAt)
    for (const hashes of Object.values(hashesOf(seen))) hash.update(littleEndian(hashes.sort()))
  }
  const sorted = (list: readonly object[]) => list.map((item) => JSON.stringify(item)).sort()
  line('edges', sorted(difference.edges.map(({ edge, direction, danglingRows }) => ({ edge, direction, danglingRows }))))
  line(
    'largeObjects',
    sorted(difference.largeObjects.map((o) => ({ ...o, hashLive: `${o.hashLive}`, hashSnapshot: `${o.hashSnapshot}` }))),
  )
  line('drift', sorted(difference.drift))
  return hash.digest('hex')
}

function hashesOf({ missing, newer, changed }: TableDifference): Record<string, BigInt64Array> {
  return {
    missing: missing.hashes.slice(),
    newer: newer.hashes.slice(),
    changedLive: BigInt64Array.from(changed, (pair) => pair.live.hash),
    changedSnapshot: BigInt64Array.from(changed, (pair) => pair.snapshot.hash),
  }
}

/** Hashes as bytes, for a digest. */
export function littleEndian(hashes: BigInt64Array): Buffer {
  const bytes = Buffer.alloc(hashes.length * 8)
  hashes.forEach((value, index) => {
    bytes.writeBigInt64LE(value, index * 8)
  })
  return bytes
}

/** Sorts entries by name. */
export function byFirst(a: readonly [string, string], b: readonly [string, string]): number {
  return a[0] < b[0] ? -1 : 1
}
