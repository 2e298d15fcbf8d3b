import { and, eq, ne, sql } from 'drizzle-orm'
import type { Tx } from '#db/client.ts'
import { portals, snapshots } from '#db/schema/index.ts'
import { type CaptureReason, reasonOfRefusal } from '#lib/domain/capture-reasons.ts'
import { raiseAlert } from './alerts.ts'
import type { SnapshotRow } from './catalogue-rows.ts'
import { withTableNames } from './name-tables.ts'
import type { AdapterRefusal } from './port.ts'

type Why = { reason: string; reasonKind: CaptureReason }

/** Takes a snapshot off the list of what may be restored, with the reason, and tells the desk (S26). */
export async function markBad(tx: Tx, row: Pick<SnapshotRow, 'id' | 'portalId'>, why: Why): Promise<void> {
  await tx
    .update(snapshots)
    .set({ state: 'bad', ...why })
    .where(and(eq(snapshots.id, row.id), eq(snapshots.state, 'ready')))
  await raiseAlert(tx, { kind: 'snapshot_bad', portalId: row.portalId, subject: row.id, detail: { snapshotId: row.id, ...why } })
}

/** What an adapter says of a copy that is not whole or not there, as opposed to one that cannot be asked for just now (S121). */
function isOfBadSnapshot({ code }: AdapterRefusal): boolean {
  return code === 'contents_differ' || code === 'snapshot_missing'
}

/**
 * An adapter found, while it worked with a snapshot, that its copy is not whole or not there: from now on it is bad, whoever comes next. The refusal is
 * handed back with the nearest good restore points, which are what is left to choose (S26, S121). Any other comes back with the tables that it speaks of
 * by the names people know.
 */
export async function refusedBy(tx: Tx, row: SnapshotRow, refusal: AdapterRefusal): Promise<AdapterRefusal> {
  if (!isOfBadSnapshot(refusal)) {
    const [portal] = await tx.select({ words: portals.tableWords }).from(portals).where(eq(portals.id, row.portalId))
    return withTableNames(refusal, portal?.words ?? [])
  }
  await markBad(tx, row, { reason: wordsOf(refusal), reasonKind: reasonOfRefusal[refusal.code] })
  const [before, after] = await neighboursOf(tx, row)
  const facts = { before: completedAt(before), after: completedAt(after) }
  return { code: refusal.code, facts: { ...refusal.facts, ...facts } }
}

/** The nearest good restore points before and after, where there are such; safety copies belong to their restores. */
export async function neighboursOf(tx: Tx, row: SnapshotRow): Promise<[SnapshotRow | null, SnapshotRow | null]> {
  const at = sql`${row.completedAt?.toISOString() ?? null}::timestamptz`
  const near = async (side: ReturnType<typeof sql>) => {
    const [found] = await tx
      .select()
      .from(snapshots)
      .where(and(eq(snapshots.portalId, row.portalId), eq(snapshots.state, 'ready'), ne(snapshots.label, 'safety'), side))
      .orderBy(sql`abs(extract(epoch from (${snapshots.completedAt} - ${at})))`)
      .limit(1)
    return found ?? null
  }
  return [await near(sql`${snapshots.completedAt} < ${at}`), await near(sql`${snapshots.completedAt} > ${at}`)]
}

const completedAt = (row: SnapshotRow | null) => row?.completedAt?.toISOString() ?? null

function wordsOf({ code, facts }: AdapterRefusal): string {
  return typeof facts.because === 'string' ? facts.because : code
}
