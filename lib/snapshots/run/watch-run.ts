import { sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db, Tx } from '#db/client.ts'
import { scoped } from '#db/scope.ts'
import { Stopped } from './outcome.ts'
import type { RunWork } from './run-context.ts'

const row = z.object({ cancelled: z.boolean(), over: z.boolean() })

/** Why a run must not go on, by its row and the database's clock (S54, S60, I13); null when it may. */
export async function whyStop(tx: Tx, runId: string, window: RunWork['window'], lock: 'lock' | 'look'): Promise<Stopped | null> {
  const until = window?.atEnd === 'abort' ? window.until.toISOString() : null
  const [found] = z.array(row).parse(
    await tx.execute(sql`
      select cancel_requested_at is not null as cancelled, coalesce(clock_timestamp() > ${until}::timestamptz, false) as over
        from runs where id = ${runId} ${lock === 'lock' ? sql`for update` : sql``}`),
  )
  if (found?.cancelled) return new Stopped('cancelled')
  return found?.over ? new Stopped('window_ended') : null
}

/** Looks every `pollMs` and aborts when the run is to stop. A look that fails is repeated: the last question before the commit is asked anyway. */
export function watchRun(
  db: Db,
  runId: string,
  window: RunWork['window'],
  pollMs: number,
): { signal: AbortSignal; stop: () => void } {
  const stopped = new AbortController()
  let looking = false
  const timer = setInterval(() => {
    if (looking) return
    looking = true
    scoped(db, 'system', (tx) => whyStop(tx, runId, window, 'look'))
      .then(
        (why) => {
          if (why) stopped.abort(why)
        },
        () => undefined,
      )
      .finally(() => {
        looking = false
      })
  }, pollMs)
  return { signal: stopped.signal, stop: () => clearInterval(timer) }
}
