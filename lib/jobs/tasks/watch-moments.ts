import { log } from '#lib/runtime/log.ts'
import { watchMoments } from '#lib/snapshots/watch-moments.ts'
import { payloads } from '../payloads.ts'
import { task } from '../task.ts'

export const watchMomentsTask = task(payloads.watchMoments, async ({ db }, _, { signal }) => {
  const watched = await watchMoments(db, signal)
  for (const portal of watched.failed) log('worker').warn(portal, 'moments of this portal are not offered')
})
