import { gunzipSync, gzipSync } from 'node:zlib'
import { z } from 'zod'
import type { Baseline, TableBaseline } from './baseline.ts'

const headerSchema = z.object({
  version: z.literal(1),
  origin: z.object({
    systemIdentifier: z.string(),
    databaseOid: z.number(),
    horizon: z.string(),
    blocks: z.object({ timeline: z.number(), startLsn: z.string() }).nullable(),
  }),
  tables: z.array(
    z.object({
      schema: z.string(),
      name: z.string(),
      rows: z.number(),
      shape: z.string(),
      key: z.object({ columns: z.array(z.string()), bits: z.number() }).nullable(),
      file: z.object({ filenode: z.number(), blocks: z.number(), limit: z.number().nullable() }).nullable(),
    }),
  ),
})
type Header = z.infer<typeof headerSchema>

/** Compact bytes for whoever keeps it: gzip of a JSON header line and, table by table, counts, sums and block numbers, little-endian. */
export function packBaseline({ origin, tables }: Baseline): Buffer {
  const header: Header = { version: 1, origin, tables: tables.map(headerOf) }
  const parts: Uint8Array[] = [Buffer.from(`${JSON.stringify(header)}\n`)]
  for (const { keys, file } of tables) {
    if (keys) parts.push(bytesOf(keys.sums.rows), bytesOf(keys.sums.sums))
    if (file) parts.push(bytesOf(file.written.blocks))
  }
  return gzipSync(Buffer.concat(parts), { level: 1 })
}

/** Throws where the bytes are not a packed baseline of this version. */
export function unpackBaseline(packed: Uint8Array): Baseline {
  const bytes = gunzipSync(packed)
  const end = bytes.indexOf(10)
  const header = headerSchema.parse(JSON.parse(bytes.subarray(0, end).toString()))
  let at = end + 1
  const take = (length: number): ArrayBuffer => {
    at += length
    if (at > bytes.length) throw new Error('A packed baseline ends too early')
    // A copy of its own begins where arrays of wide numbers may begin.
    return Uint8Array.from(bytes.subarray(at - length, at)).buffer
  }
  const tables = header.tables.map(({ schema, name, rows, shape, key, file }): TableBaseline => {
    const keys = key && {
      columns: key.columns,
      sums: { bits: key.bits, rows: new Int32Array(take(4 * 2 ** key.bits)), sums: new BigInt64Array(take(8 * 2 ** key.bits)) },
    }
    const body = file && {
      filenode: file.filenode,
      written: { blocks: new Uint32Array(take(4 * file.blocks)), limit: file.limit },
    }
    return { table: { schema, name }, rows, shape, keys, file: body }
  })
  return { origin: header.origin, tables }
}

function headerOf({ table, rows, shape, keys, file }: TableBaseline): Header['tables'][number] {
  return {
    ...table,
    rows,
    shape,
    key: keys && { columns: [...keys.columns], bits: keys.sums.bits },
    file: file && { filenode: file.filenode, blocks: file.written.blocks.length, limit: file.written.limit },
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Int32Array | BigInt64Array | Uint32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
