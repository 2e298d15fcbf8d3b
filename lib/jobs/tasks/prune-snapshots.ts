import { scoped } from '#db/scope.ts'
import { pruneSnapshots } from '#lib/snapshots/prune-snapshots.ts'
import { currentPolicy } from '#lib/tickets/current-policy.ts'
import { payloads } from '../payloads.ts'
import { task } from '../task.ts'

export const pruneSnapshotsTask = task(payloads.pruneSnapshots, async ({ db, workerId }, _, { signal, observe }) => {
  const { retentionDays } = await scoped(db, 'system', currentPolicy)
  return pruneSnapshots(db, { retentionDays }, { workerId, signal, observe })
})
