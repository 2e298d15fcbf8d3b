import type { Db } from '#db/client.ts'
import { scoped } from '#db/scope.ts'
import { systemActor } from '#lib/domain/actor.ts'
import type { TicketEvent } from '#lib/domain/events.ts'
import { type ReleaseRow, type ReleaseWork, type Releasing, releasePaused, reportRelease } from '#lib/snapshots/release-paused.ts'
import { dispatch } from './dispatch.ts'

/** Does what an owner's RELEASE_PAUSED asked for and brings the outcome to the ticket through the one door. Safe to be called again at any time. */
export function carryOutRelease(db: Db, runId: string, work: Omit<ReleaseWork, 'report'>): Promise<Releasing> {
  return releasePaused(db, runId, { ...work, report: (row) => report(db, row) })
}

/** The machine's own effect notes in the same commit that it was told; an outcome that no longer concerns the ticket is noted here. */
async function report(db: Db, row: ReleaseRow): Promise<void> {
  if (row.ticketId !== null) {
    const answer = await dispatch(db, systemActor('worker'), { ticketId: row.ticketId, event: eventOf(row) })
    if (answer.ok) return
    if (answer.refusal.code !== 'run_outdated')
      throw new Error(`run ${row.runId}: the outcome of its release was refused by the ticket: ${answer.refusal.code}`)
  }
  await scoped(db, 'system', (tx) => reportRelease(tx, row.runId))
}

function eventOf({ runId, releaseState, released, reason, portalXid }: ReleaseRow): TicketEvent {
  if (releaseState === 'failed')
    return { type: 'RELEASE_FAILED', runId, detail: (reason ?? '').slice(0, 10_000), unproved: portalXid !== null }
  const sum = (what: 'released' | 'changed' | 'gone') => (released ?? []).reduce((total, table) => total + table[what], 0)
  return { type: 'PAUSED_RELEASED', runId, released: sum('released'), changed: sum('changed'), gone: sum('gone') }
}
