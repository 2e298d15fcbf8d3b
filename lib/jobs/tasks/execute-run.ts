import { executeRun } from '#lib/tickets/execute-run.ts'
import { payloads } from '../payloads.ts'
import { task } from '../task.ts'

export const executeRunTask = task(payloads.executeRun, ({ db, workerId, dataDir, post }, { runId }, { signal, observe }) =>
  executeRun(db, runId, { workerId, dataDir, authSecret: post.authSecret, signal, observe }),
)
