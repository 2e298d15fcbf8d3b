import { sql } from 'drizzle-orm'
import type { Db } from '#db/client.ts'
import { log } from '#lib/runtime/log.ts'

/** Well below the minute within which another worker takes over (S48). */
const SWEEP_EVERY_MS = 10_000

/**
 * Recurring work in crontab notation (UTC). The queue's own bookkeeping makes sure that each line fires once however many workers
 * run; `fill` makes up for what was due while none ran.
 */
export const crontab = `
*/5 * * * * scheduleCaptures ?jobKey=scheduleCaptures
*/5 * * * * watchDeletions ?jobKey=watchDeletions&max=1
*/2 * * * * watchMoments ?jobKey=watchMoments&max=1
20 * * * * checkCaptures ?fill=2h&jobKey=checkCaptures
40 * * * * pruneSnapshots ?fill=2h&jobKey=pruneSnapshots&max=3
30 2 * * * reconcileBilling ?fill=1d&jobKey=reconcileBilling
15 1 * * * drillSnapshots ?fill=1d&jobKey=drillSnapshots&max=1
50 1 * * * crossCheckWays ?jobKey=crossCheckWays&max=1
10 3 * * * tidy ?fill=1d&jobKey=tidy
`

/** More often than a crontab can say: every worker asks for a sweep, the key makes one of it. Ends with the returned function. */
export function startSweeping(db: Db): () => void {
  const timer = setInterval(() => {
    db.execute(sql`select enqueue_job('sweep', '{}', null, 'sweep', 1)`).catch((cause: unknown) =>
      log('worker').error({ err: cause }, 'sweep not enqueued'),
    )
  }, SWEEP_EVERY_MS)
  return () => clearInterval(timer)
}
