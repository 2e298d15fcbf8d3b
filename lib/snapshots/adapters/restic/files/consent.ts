import { createHash } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import { type FileChange, stateOf } from './compare-trees.ts'

/** What was consented to: the rows as the postgres adapter packs them, and the lost files by their states' hashes; null where nobody spoke of files. */
export type Consent = { rows: Uint8Array; files: ReadonlySet<string> | null }

/** A packed wiped set of rows is gzip, and begins otherwise. */
const magic = Buffer.from('restore-desk rows and files 1\n')
const HASH_BYTES = 16

/** Envelope for `Comparison.wiped`: the magic, the rows' length, the rows, and the files' hashes, sorted and zipped. */
export function packConsent(rows: Uint8Array, lost: FileChange[]): Uint8Array {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(rows.length)
  const hashes = lost.map(hashOf).sort().join('')
  return Buffer.concat([magic, length, rows, gzipSync(Buffer.from(hashes, 'hex'))])
}

/** Consent of a time when the portal had no files is rows alone. Throws where it is neither. */
export function unpackConsent(packed: Uint8Array): Consent {
  const bytes = Buffer.from(packed)
  if (!bytes.subarray(0, magic.length).equals(magic)) return { rows: packed, files: null }
  const from = magic.length + 4
  if (bytes.length < from) throw new Error('Not a packed consent')
  const end = from + bytes.readUInt32LE(magic.length)
  if (bytes.length < end) throw new Error('Not a packed consent')
  const hashes = gunzipSync(bytes.subarray(end)).toString('hex')
  if (hashes.length % (2 * HASH_BYTES) !== 0) throw new Error('Not a packed consent')
  return { rows: bytes.subarray(from, end), files: new Set(hashes.match(/.{32}/g) ?? []) }
}

/** Files that would be lost now and that nobody consented to lose, as they are now (I4, R11). */
export function beyondConsent({ files }: Consent, lost: FileChange[]): FileChange[] {
  return lost.filter((change) => files?.has(hashOf(change)) !== true)
}

function hashOf({ entry }: FileChange): string {
  return createHash('sha256')
    .update(stateOf(entry))
    .digest('hex')
    .slice(0, 2 * HASH_BYTES)
}
