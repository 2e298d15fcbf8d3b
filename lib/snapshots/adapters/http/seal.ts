import { gunzipSync, gzipSync } from 'node:zlib'
import { z } from 'zod'
import { type Manifest, manifestSchema, type SnapshotRef } from '../../port.ts'

/** What a table held when the snapshot was made. */
export type SealedTable = z.infer<typeof sealSchema>[number]
const sealSchema = z.array(manifestSchema.shape.tables.element.omit({ bytes: true }))

/**
 * What the desk keeps of a snapshot and hands back as its baseline: the rows and sums of each table as they were told at the capture. Whatever the
 * remote says later, a restore is held against this.
 */
export function sealOf({ tables }: Manifest): Uint8Array {
  return gzipSync(JSON.stringify(sealSchema.parse(tables)))
}

/** Null for a snapshot that came without one. */
export function readSeal({ baseline }: SnapshotRef): SealedTable[] | null {
  return baseline ? sealSchema.parse(JSON.parse(gunzipSync(baseline).toString())) : null
}
