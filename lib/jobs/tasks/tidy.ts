import { tidyIdentity } from '#lib/identity/tidy.ts'
import { log } from '#lib/runtime/log.ts'
import { forgetFiles } from '#lib/snapshots/extract/forget-files.ts'
import { forgetPaused } from '#lib/snapshots/release-paused.ts'
import { forgetJournals } from '#lib/snapshots/run/sweep-runs.ts'
import { forgetSearches } from '#lib/snapshots/search-records.ts'
import { forgetDeletionSamples } from '#lib/snapshots/watch-deletions.ts'
import { fileStoreOf, journalRootOf } from '#lib/tickets/execute-run.ts'
import { payloads } from '../payloads.ts'
import { task } from '../task.ts'

/** Journals outlive every undo window that an admin may set. */
const JOURNALS_KEPT_DAYS = 30

export const tidyTask = task(payloads.tidy, async ({ db, dataDir, post }) => {
  await tidyIdentity(db)
  await forgetDeletionSamples(db)
  await forgetSearches(db)
  await forgetJournals(db, journalRootOf(dataDir), JOURNALS_KEPT_DAYS)
  await forgetPaused(db, JOURNALS_KEPT_DAYS)
  const forgotten = await forgetFiles(db, fileStoreOf(dataDir, post.authSecret))
  if (forgotten.expired + forgotten.left > 0) log('worker').info(forgotten, 'files of wiped rows deleted')
})
