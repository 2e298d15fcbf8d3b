import { scoped } from '#db/scope.ts'
import { captureSnapshot } from '#lib/snapshots/capture-snapshot.ts'
import { enqueueCapture } from '#lib/snapshots/schedule-captures.ts'
import { payloads } from '../payloads.ts'
import { task } from '../task.ts'

export const captureSnapshotTask = task(
  payloads.captureSnapshot,
  async ({ db, workerId }, { note, mayBar, keptBy, at, ...asked }, { signal, observe }) => {
    const input = {
      ...asked,
      ...(note === undefined ? {} : { note }),
      ...(mayBar === undefined ? {} : { mayBar }),
      ...(keptBy === undefined ? {} : { keptBy }),
      ...(at === undefined ? {} : { at }),
    }
    const result = await captureSnapshot(db, input, { workerId, signal, observe })
    // S42: a capture during a restore waits.
    if (!result.ok && result.why === 'busy') await scoped(db, 'system', (tx) => enqueueCapture(tx, input, result.until))
  },
)
