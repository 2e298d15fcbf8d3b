import { z } from 'zod'
import { connect, drizzleOver } from '#db/client.ts'
import { scoped } from '#db/scope.ts'
import { captureSnapshot } from '../capture-snapshot.ts'
import { pruneSnapshots } from '../prune-snapshots.ts'
import { executeRun } from '../run/execute-run.ts'
import { reportRun } from '../run/report-run.ts'

/** What this process is to do, and at which boundary, met for the how manieth time (0, 1, 2 …), it is to die. */
export const orderSchema = z.object({
  databaseUrl: z.string(),
  task: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('capture'), portalId: z.string() }),
    z.object({
      kind: z.literal('run'),
      runId: z.string(),
      journalRoot: z.string(),
      files: z.object({ root: z.string(), secret: z.string() }),
    }),
    z.object({ kind: z.literal('prune'), retentionDays: z.number() }),
  ]),
  leaseTimes: z.object({ expiryMs: z.number(), heartbeatMs: z.number() }),
  /** `self`: SIGKILL at the boundary. `server`: says so and waits there, while its servers are killed under it. Null: lives. */
  dieAt: z.object({ boundary: z.string(), occurrence: z.number() }).nullable(),
  how: z.enum(['self', 'server']),
})
export type Order = z.infer<typeof orderSchema>

/** A worker that dies at one named boundary: started by the kill sweep, which looks at what it leaves. */
async function work(order: Order): Promise<void> {
  const db = drizzleOver(connect(order.databaseUrl))
  let met = 0
  const observe = async (boundary: string) => {
    const here = boundary === order.dieAt?.boundary && met++ === order.dieAt.occurrence
    await tell({ boundary, here })
    if (!here) return
    if (order.how === 'self') process.kill(process.pid, 'SIGKILL')
    await serversAreBack()
  }
  const common = {
    workerId: `worker-${process.pid}`,
    signal: new AbortController().signal,
    observe,
    leaseTimes: order.leaseTimes,
  }
  const { task } = order
  if (task.kind === 'capture') await captureSnapshot(db, { portalId: task.portalId, label: 'manual' }, common)
  if (task.kind === 'prune') await pruneSnapshots(db, { retentionDays: task.retentionDays }, common)
  if (task.kind === 'run') {
    await executeRun(db, task.runId, {
      ...common,
      announce: null,
      report: (run) => scoped(db, 'system', (tx) => reportRun(tx, run.id)),
      window: null,
      journalRoot: task.journalRoot,
      files: task.files,
      limits: { pollMs: 100, retryAfterMs: 0, lockWaitMs: 2_000 },
    })
  }
}

function tell(message: { boundary: string; here: boolean }): Promise<void> {
  return new Promise((resolve) => process.send?.(message, () => resolve()))
}

function serversAreBack(): Promise<void> {
  return new Promise((resolve) => process.once('message', () => resolve()))
}

if (import.meta.main) {
  // A broken server is what this is about: what a worker makes of it is seen in the rows.
  await work(orderSchema.parse(JSON.parse(process.argv[2] ?? ''))).catch((cause: unknown) => console.error(cause))
  process.exit(0)
}
