import { sweepPreviews } from '#lib/snapshots/compute-preview.ts'
import { recoverSnapshots } from '#lib/snapshots/recover-snapshots.ts'
import { sweepReleases } from '#lib/snapshots/release-paused.ts'
import { sweepRuns } from '#lib/snapshots/run/sweep-runs.ts'
import { sweepSearches } from '#lib/snapshots/search-records.ts'
import { payloads } from '../payloads.ts'
import { task } from '../task.ts'

/** What a dead worker left is found and enqueued again (S48). */
export const sweepTask = task(payloads.sweep, async ({ db, workerId }, _, { signal, observe }) => {
  await sweepPreviews(db)
  await sweepSearches(db)
  await sweepRuns(db)
  await sweepReleases(db)
  await recoverSnapshots(db, { workerId, signal, observe })
})
