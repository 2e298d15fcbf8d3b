import { eq } from 'drizzle-orm'
import { snapshots } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { captureUnderLease } from '../capture-snapshot.ts'
import { type SnapshotRow, snapshotRefWithBaseline } from '../catalogue-rows.ts'
import type { AdapterRefusal, CaptureRequest, SnapshotRef } from '../port.ts'
import { verifyUnderLease } from '../verify-snapshot.ts'
import { portScope, type RunContext } from './run-context.ts'

export type Kept = { ok: true; safety: SnapshotRef; snapshotId: string } | { ok: false; refusal: AdapterRefusal }

/** Step `safetyCopy`: what the restore will replace is kept and verified before anything is overwritten (R12, I5, S55). One that is there already is verified again. */
export async function keepSafetyCopy(context: RunContext): Promise<Kept> {
  const { db, run, books, own, lease, signal } = context
  const earlier = run.safetySnapshotId === null ? null : await readySnapshot(context, run.safetySnapshotId)
  if (earlier && (await books.wasDone('safetyCopy'))) return earlier.kept
  await books.begin('safetyCopy')
  const made = earlier?.kept ?? (await makeCopy(context, 'when_needed'))
  if (!made.ok) return made
  const found = await readySnapshot(context, made.snapshotId)
  const verified = found ? await verifyUnderLease(db, lease, own, found.row, signal) : null
  if (!verified?.ok) return { ok: false, refusal: { code: 'safety_copy_missing', facts: { snapshotId: made.snapshotId } } }
  await books.done('safetyCopy', { snapshotId: made.snapshotId })
  await context.work.observe('run.safetyKept')
  return made
}

/**
 * An undo must give back what the restore overwrote, exactly: but the safety copy was made before the lock, and people went on writing.
 * So it is compared with live once before the lock, while nobody waits, and the engine says under the lock whether any row of the scope
 * came or went since an instant before that comparison. None: the copy is what will be replaced, and writers have waited for nothing.
 */
export async function equalsLive({ hand, run, signal }: RunContext, safety: SnapshotRef): Promise<boolean> {
  const compared = await hand.adapter.compare(
    {
      portal: hand.ref,
      snapshot: safety,
      scope: portScope(run.scope),
      columns: [],
      examplesPerTable: 0,
      edgeHandling: { '*': 'keep' },
    },
    signal,
  )
  const { missing, newer, changed } = compared.total
  return missing + newer + changed === 0
}

/**
 * Where rows did move, the comparison is made again under the lock (readers of live are free to come in, and what the restore writes is
 * invisible until its commit: this sees the very rows that will be replaced), beside the restore's own work. If the copy differs, a second
 * one is made from it by the same online capture, equal to live at that instant; it takes the first one's place before anything is committed.
 * A kill at any point leaves either no commit, or one whose run names the exact copy. A swap needs none of this: the replaced database
 * itself is the copy.
 */
export async function completeSafetyCopy(context: RunContext, safety: SnapshotRef): Promise<Kept | 'exact'> {
  return (await equalsLive(context, safety)) ? 'exact' : makeCopy(context, 'never', safety)
}

async function makeCopy(context: RunContext, mayBar: CaptureRequest['mayBar'], previous?: SnapshotRef): Promise<Kept> {
  const { db, lease, own, run, books, work, signal } = context
  const note = `before ${run.kind} run ${run.id}`
  const input = { portalId: run.portalId, label: 'safety' as const, note, mayBar, ...(previous ? { previous } : {}) }
  const made = await captureUnderLease(db, lease, own, input, { workerId: work.workerId, signal, observe: work.observe })
  if (!made.ok) return { ok: false, refusal: made.refusal }
  const safety = await scoped(db, 'system', (tx) => snapshotRefWithBaseline(tx, made.snapshot))
  if (!safety) throw new Error(`snapshot ${made.snapshot.id} is ready without a database`)
  await books.update({ safetySnapshotId: made.snapshot.id })
  return { ok: true, safety, snapshotId: made.snapshot.id }
}

async function readySnapshot(
  { db }: RunContext,
  id: string,
): Promise<{ row: SnapshotRow; kept: Extract<Kept, { ok: true }> } | null> {
  return scoped(db, 'system', async (tx) => {
    const [row] = await tx.select().from(snapshots).where(eq(snapshots.id, id))
    const safety = row?.state === 'ready' ? await snapshotRefWithBaseline(tx, row) : null
    return row && safety ? { row, kept: { ok: true, safety, snapshotId: id } } : null
  })
}
