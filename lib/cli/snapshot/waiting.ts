import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { eq } from 'drizzle-orm'
import type { Db } from '#db/client.ts'
import { runs } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { refusalSchema } from '#lib/domain/refusal.ts'
import { env } from '#lib/runtime/env.ts'
import { isWorkerAlive } from '#lib/runtime/worker-alive.ts'
import { failureOfRun } from '#lib/snapshots/run/outcome.ts'
import { executeRun } from '#lib/tickets/execute-run.ts'
import { type Answer, type Desk, exitCodes, refusalDocument, WrongUse } from '../command.ts'

const POLL_MS = 300

/** How this process signs its leases when it works by itself. */
export function operatorsWork(signal: AbortSignal) {
  return { workerId: `operator-${process.pid}-${randomUUID().slice(0, 8)}`, signal, observe: async () => undefined }
}

export async function needWorker(db: Db): Promise<void> {
  if (await isWorkerAlive(db)) return
  throw new WrongUse('No worker is running. Start one (npm run worker), or do it in this process with --inline.')
}

/** Executes the run here if asked to, and waits for its outcome either way: a worker may have been quicker. */
export async function finishRun(desk: Desk, runId: string, inline: boolean): Promise<Answer> {
  if (inline)
    await executeRun(desk.db, runId, { ...operatorsWork(desk.signal), dataDir: env().dataDir, authSecret: env().authSecret })
  for (;;) {
    desk.signal.throwIfAborted()
    const answer = await outcomeOf(desk, runId)
    if (answer) return answer
    if (!inline) await needWorker(desk.db)
    await pause(POLL_MS)
  }
}

async function outcomeOf({ db }: Desk, runId: string): Promise<Answer | null> {
  const [run] = await scoped(db, 'system', (tx) => tx.select().from(runs).where(eq(runs.id, runId)))
  if (!run) throw new Error(`run ${runId} is gone`)
  if (run.state === 'queued' || run.state === 'running') return null
  const parsed = refusalSchema.safeParse({ rule: null, policyVersion: null, ...run.refusal })
  const refusal = parsed.success ? refusalDocument(parsed.data) : null
  const { state: outcome, offlineMs, writePauseMs, safetySnapshotId, reason } = run
  const document = { runId, outcome, offlineMs: offlineMs ?? 0, writePauseMs, safetySnapshotId, refusal, reason }
  if (outcome === 'succeeded')
    return { code: exitCodes.done, document, words: `Run ${runId} is done; its safety copy is ${safetySnapshotId}.` }
  const why = refusal?.detail ?? reason ?? outcome
  const unproved = outcome === 'failed' && failureOfRun(run) === 'unproved'
  const portal = unproved ? 'Whether the portal was changed is not certain: look at it first.' : 'The portal is as it was.'
  const words = `Run ${runId}: ${outcome}. ${why} ${portal}`
  return { code: outcome === 'stale' ? exitCodes.refused : exitCodes.failed, document, words }
}
