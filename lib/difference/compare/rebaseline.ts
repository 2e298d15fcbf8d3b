import { readCatalogue, rowTables } from '../catalogue.ts'
import { nameKey, type TableName } from '../names.ts'
import { atOneMoment, type Side } from '../side.ts'
import {
  type Baseline,
  type BlockOrigin,
  measureBaseline,
  nothingWritten,
  type Origin,
  readBodies,
  type TableBaseline,
  union,
  type Written,
} from './baseline.ts'
import { blocksWrittenSince } from './wal-summaries.ts'

/**
 * A portal's database gave way to a copy of a snapshot. What was kept of the portal's snapshots speaks of the replaced one: here it is made to speak of the
 * one in its place, as far as that can be known for certain. All else is left to the exact way.
 */
export type Swap = {
  /** Of the database in the portal's place: when it had been copied from the snapshot, and nobody had written to it yet. */
  readonly origin: Origin
  readonly replacedOid: number
  /** What was kept of the snapshot, before this swap. */
  readonly restored: Baseline | null
}

/** Of the snapshot itself: the portal was its copy, byte for byte, at the origin. What was kept of its keys stands; only without it is the copy read. */
export async function rebaselineRestored(copy: Side, { origin, restored }: Swap): Promise<Baseline> {
  if (restored === null) return measureBaseline(copy, origin, null)
  const bodies = await bodiesByName(copy)
  const tables = restored.tables.map((kept): TableBaseline => {
    const body = bodies.get(nameKey(kept.table))
    const same = origin.blocks !== null && body?.shape === kept.shape
    return { ...kept, file: same ? { filenode: body.filenode, written: nothingWritten } : null }
  })
  return { origin, tables }
}

/**
 * Of any other snapshot of the replaced database, by its files: a block that neither snapshot has of its own, and that the replaced database has not written
 * since the earlier of them, is the same in both, and so in the portal as it was at the origin. Rows cannot be told by their age: an old one of the restored
 * snapshot may have been changed before the other was made, so key sums are kept of untouched tables alone. Null where the server's summaries do not tell;
 * asked after the swap, on a connection outside any transaction.
 */
export async function rebaselineOther(side: Side, kept: Baseline, swap: Swap): Promise<Baseline | null> {
  const { origin, restored, replacedOid } = swap
  if (restored === null || origin.blocks === null) return null
  if (![kept, restored].every((baseline) => isOf(baseline.origin, origin.systemIdentifier, replacedOid))) return null
  const since = earlier(kept.origin.blocks, restored.origin.blocks)
  const written = since && (await blocksWrittenSince(side, replacedOid, since))
  return written && { origin, tables: throughFiles(kept, restored, written) }
}

/** Of the replaced database, which nobody writes to any more: its files are the replaced database's own. `rowsOf`: counted in it, by `nameKey`. */
export async function baselineOfReplaced(
  replaced: Side,
  { restored, replacedOid }: Swap,
  rowsOf: ReadonlyMap<string, number>,
): Promise<Baseline | null> {
  if (restored === null || replaced.databaseOid !== replacedOid) return null
  const tables: TableBaseline[] = []
  for (const { schema, name, filenode, shape } of (await bodiesByName(replaced)).values()) {
    const rows = rowsOf.get(nameKey({ schema, name }))
    if (rows === undefined) continue
    tables.push({ table: { schema, name }, rows, shape, keys: null, file: { filenode, written: nothingWritten } })
  }
  return { origin: restored.origin, tables }
}

function throughFiles(kept: Baseline, restored: Baseline, written: Written): TableBaseline[] {
  const files = new Map(restored.tables.map(({ table, file }) => [nameKey(table), file]))
  return kept.tables.map((table): TableBaseline => {
    const [ours, theirs] = [table.file, files.get(nameKey(table.table))]
    if (!ours || !theirs || ours.filenode !== theirs.filenode) return { ...table, keys: null, file: null }
    const all = union(union(ours.written, theirs.written), written.get(ours.filenode))
    const untouched = all.blocks.length === 0 && all.limit === null
    return {
      ...table,
      keys: untouched ? table.keys : null,
      file: all.limit === 0 ? null : { filenode: ours.filenode, written: all },
    }
  })
}

function isOf(origin: Origin, systemIdentifier: string, databaseOid: number): boolean {
  return origin.systemIdentifier === systemIdentifier && origin.databaseOid === databaseOid
}

function earlier(one: BlockOrigin | null, other: BlockOrigin | null): BlockOrigin | null {
  if (one === null || other === null || one.timeline !== other.timeline) return null
  return positionOf(one.startLsn) <= positionOf(other.startLsn) ? one : other
}

/** As the server writes it: two hexadecimal halves of 32 bits. */
function positionOf(lsn: string): bigint {
  const [high, low] = lsn.split('/')
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`)
}

async function bodiesByName(copy: Side): Promise<Map<string, TableName & { filenode: number; shape: string }>> {
  return atOneMoment([copy], async () => {
    const bodies = await readBodies(copy)
    const found = rowTables(await readCatalogue(copy, { kind: 'all' })).flatMap(({ oid, schema, name }) => {
      const body = bodies.get(oid)
      return body === undefined ? [] : [[nameKey({ schema, name }), { schema, name, ...body }] as const]
    })
    return new Map(found)
  })
}
