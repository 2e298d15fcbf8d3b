import { tidyIdentity } from '#lib/identity/tidy.ts'
import { forgetJournals } from '#lib/snapshots/run/sweep-runs.ts'
import { journalRootOf } from '#lib/tickets/execute-run.ts'
import { payloads } from '../payloads.ts'
import { task } from '../task.ts'

/** Journals outlive every undo window that an admin may set. */
const JOURNALS_KEPT_DAYS = 30

export const tidyTask = task(payloads.tidy, async ({ db, dataDir }) => {
  await tidyIdentity(db)
  await forgetJournals(db, journalRootOf(dataDir), JOURNALS_KEPT_DAYS)
})
