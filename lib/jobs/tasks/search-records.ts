import { searchRecords } from '#lib/snapshots/search-records.ts'
import { payloads } from '../payloads.ts'
import { task } from '../task.ts'

export const searchRecordsTask = task(payloads.searchRecords, ({ db }, { searchId }, { signal }) =>
  searchRecords(db, searchId, signal),
)
