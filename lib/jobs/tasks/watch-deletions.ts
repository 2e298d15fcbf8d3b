import { scoped } from '#db/scope.ts'
import { log } from '#lib/runtime/log.ts'
import { watchDeletions } from '#lib/snapshots/watch-deletions.ts'
import { currentPolicy } from '#lib/tickets/current-policy.ts'
import { payloads } from '../payloads.ts'
import { task } from '../task.ts'

export const watchDeletionsTask = task(payloads.watchDeletions, async ({ db }, _, { signal }) => {
  const watched = await watchDeletions(db, await scoped(db, 'system', currentPolicy), signal)
  for (const portal of watched.failed) log('worker').warn(portal, 'deletions of this portal not counted')
  for (const portalId of watched.alarmed) log('worker').info({ portalId }, 'mass deletion')
})
