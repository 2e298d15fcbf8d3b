import { carryOutRelease } from '#lib/tickets/carry-out-release.ts'
import { payloads } from '../payloads.ts'
import { task } from '../task.ts'

export const releasePausedTask = task(payloads.releasePaused, ({ db, workerId }, { runId }, { signal, observe }) =>
  carryOutRelease(db, runId, { workerId, signal, observe }),
)
