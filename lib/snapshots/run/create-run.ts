import { eq, sql } from 'drizzle-orm'
import type { Tx } from '#db/client.ts'
import { previews, type RunKind, runs } from '#db/schema/index.ts'

export type RunInput = {
  /** The run's id; the event that asked for it names it already. */
  runId: string
  /** Null for an operator's break-glass run. */
  ticketId: string | null
  kind: RunKind
  previewId: string
  undoesRunId: string | null
  breakGlass?: { operator: string; reason: string }
}

/**
 * Writes a run and the job that executes it, in the caller's transaction. Everything it does is what its preview says: snapshot, scope,
 * way, digest. Throws when the preview is not ready, or (by the constraint of I2) when the portal has a live run already.
 */
export async function createRun(tx: Tx, input: RunInput): Promise<void> {
  const [preview] = await tx.select().from(previews).where(eq(previews.id, input.previewId))
  if (preview?.state !== 'ready' || preview.digest === null || preview.way === null) {
    throw new Error(`preview ${input.previewId} is not ready: no run can be made of it`)
  }
  const { portalId, snapshotId, scope, way, digest } = preview
  await tx.insert(runs).values({
    id: input.runId,
    ticketId: input.ticketId,
    kind: input.kind,
    previewId: input.previewId,
    undoesRunId: input.undoesRunId,
    breakGlass: input.breakGlass ?? null,
    portalId,
    snapshotId,
    scope,
    way,
    digest,
  })
  await enqueueRun(tx, input.runId)
}

/** One job a run waits at most; `delayMs` by the database's clock. */
export async function enqueueRun(tx: Tx, runId: string, delayMs = 0): Promise<void> {
  const payload = JSON.stringify({ runId })
  const at = sql`clock_timestamp() + make_interval(secs => ${delayMs / 1000}::float8)`
  await tx.execute(sql`select enqueue_job('executeRun', ${payload}::json, ${at}, ${`run:${runId}`})`)
}
