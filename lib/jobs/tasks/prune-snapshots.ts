import { pruneSnapshots } from '#lib/snapshots/prune-snapshots.ts'
import { readRetentionDays } from '#lib/snapshots/read-retention.ts'
import { payloads } from '../payloads.ts'
import { task } from '../task.ts'

export const pruneSnapshotsTask = task(payloads.pruneSnapshots, async ({ db, workerId }, _, { signal, observe }) =>
  pruneSnapshots(db, { retentionDays: await readRetentionDays(db) }, { workerId, signal, observe }),
)
