import type { Catalogue } from '../catalogue.ts'
import type { CompareWay, Drift } from '../difference.ts'
import type { Pair } from '../drift.ts'
import { nameKey } from '../names.ts'
import { closeSide, one, openSibling, type Side } from '../side.ts'
import { type Baseline, isWorthwhile, readBodies, type TableBaseline, type TableBody, union, type Written } from './baseline.ts'
import { compareExactly } from './exact.ts'
import { onBoth, type RowDifference } from './row-difference.ts'
import { blocksWrittenSince, compareBlocks } from './wal-summaries.ts'
import { compareByWatermark } from './watermark.ts'

/** What a comparison may go by; the best that holds is taken, table by table. */
export type Ways = {
  /** The best that any table may go by. */
  readonly way: CompareWay
  readonly compare: (pair: Pair) => Promise<Compared>
}

/** How a table differs, and the way its own comparison took. */
export type Compared = RowDifference & { readonly way: CompareWay }

export function exactly(live: Side, snapshot: Side): Ways {
  return { way: 'exact', compare: async (pair) => ({ ...(await compareExactly(live, snapshot, pair)), way: 'exact' }) }
}

/** The same ways, asked from the other side. */
export function turnedRound({ way, compare }: Ways): Ways {
  return {
    way,
    compare: async (pair) => {
      const found = await compare({ live: pair.snapshot, snapshot: pair.live })
      const { onlyLive, onlySnapshot, rowsLive, rowsSnapshot } = found
      return { way: found.way, onlyLive: onlySnapshot, onlySnapshot: onlyLive, rowsLive: rowsSnapshot, rowsSnapshot: rowsLive }
    },
  }
}

/**
 * Finds out what of the baseline still holds. Both sides have taken their snapshots already. `allowed` leaves out the ways that are not to be gone, for
 * whoever wants to hold one against another.
 */
export async function openWays(
  live: Side,
  snapshot: Side,
  baseline: Baseline,
  { drift, types }: { readonly drift: readonly Drift[]; readonly types: Catalogue['types'] },
  allowed: readonly CompareWay[],
): Promise<Ways> {
  const { origin } = baseline
  // A renamed label changes the text of rows that nobody touched.
  const typesStand = drift.every(({ kind }) => kind !== 'type_changed')
  if (!typesStand || !(await isOf(live, origin))) return exactly(live, snapshot)
  const written = allowed.includes('wal_summaries') ? await readWritten(live, baseline) : null
  const [here, there] = await onBoth(readBodies(live), readBodies(snapshot))
  const byAge = allowed.includes('watermark')
  const tables = new Map(baseline.tables.map((table) => [nameKey(table.table), table]))
  const whole = exactly(live, snapshot)
  const compare = async (pair: Pair): Promise<Compared> => {
    const kept = tables.get(nameKey(pair.live))
    const [body, stored] = [here.get(pair.live.oid), there.get(pair.snapshot.oid)]
    const textStands = pair.live.compared.every(({ typeOid }) => types.get(typeOid)?.textStands)
    if (!kept || !body || !stored || !textStands || body.shape !== kept.shape) return whole.compare(pair)
    const blocks = written && blocksOf(kept, body, stored, written)
    if (blocks) return { ...(await compareBlocks(live, snapshot, pair, kept, blocks)), way: 'wal_summaries' }
    const found = byAge ? await compareByWatermark(live, snapshot, pair, kept, origin.horizon) : null
    return found ? { ...found, way: 'watermark' } : whole.compare(pair)
  }
  return { way: written ? 'wal_summaries' : byAge ? 'watermark' : 'exact', compare }
}

const halfOfAllIds = 2n ** 31n

/** Whether live still is the database that the snapshot was taken of, and its transaction ids can still be told from those before. */
async function isOf(live: Side, origin: Baseline['origin']): Promise<boolean> {
  const now = await one<{ system: string; next: string }>(
    live,
    `SELECT (SELECT system_identifier::text FROM pg_control_system()) AS system, pg_snapshot_xmax(pg_current_snapshot())::text AS next`,
  )
  const age = BigInt(now.next) - BigInt(origin.horizon)
  return now.system === origin.systemIdentifier && live.databaseOid === origin.databaseOid && age >= 0n && age < halfOfAllIds
}

async function readWritten(live: Side, { origin }: Baseline): Promise<Written | null> {
  if (origin.blocks === null) return null
  // A connection of its own: the reading one is inside its transaction.
  const sibling = await openSibling(live)
  try {
    return await blocksWrittenSince(sibling, origin.databaseOid, origin.blocks)
  } finally {
    await closeSide(sibling)
  }
}

/** The blocks in which the two files may differ; null where they are not one another's copy any more, or too many differ. */
function blocksOf({ file }: TableBaseline, live: TableBody, snapshot: TableBody, written: Written): Uint32Array | null {
  if (file === null || live.filenode !== file.filenode || snapshot.filenode !== file.filenode) return null
  const blocksInAll = Math.max(live.blocks, snapshot.blocks)
  const all = union(file.written, written.get(file.filenode))
  if (!isWorthwhile(all, blocksInAll)) return null
  const blocks = new Set(all.blocks)
  for (let block = all.limit ?? blocksInAll; block < blocksInAll; block++) blocks.add(block)
  return Uint32Array.from(blocks).sort()
}
