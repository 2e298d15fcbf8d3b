import { and, desc, eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Tx } from '#db/client.ts'
import { previews, runs, tickets } from '#db/schema/index.ts'
import { isEnd, ticketStates } from '#lib/domain/machine-context.ts'
import { policyOf } from '#lib/snapshots/compute-preview.ts'

const undoSchema = z.object({ undo: z.object({ runId: z.string(), until: z.iso.datetime({ offset: true }) }).nullish() })

/**
 * Until when a restore that moved the portal's files can still be undone, the latest of several; null where none can. The ticket says it; of a restore without one, which
 * an operator undoes by hand, it is as long after it as the policy gives a ticket.
 */
export async function findOpenUndo(tx: Tx, portalId: string): Promise<Date | null> {
  const moved = await tx
    .select({
      runId: runs.id,
      finishedAt: runs.finishedAt,
      policyVersion: previews.policyVersion,
      state: tickets.state,
      life: tickets.machineState,
    })
    .from(runs)
    .innerJoin(previews, eq(previews.id, runs.previewId))
    .leftJoin(tickets, eq(tickets.id, runs.ticketId))
    .where(
      and(
        eq(runs.portalId, portalId),
        eq(runs.kind, 'restore'),
        eq(runs.state, 'succeeded'),
        sql`${runs.report} ? 'filesFrom'`,
        sql`not exists (select from runs u where u.undoes_run_id = ${runs.id} and u.state = 'succeeded')`,
      ),
    )
    .orderBy(desc(runs.finishedAt))
  const [clock] = z.array(z.object({ now: z.coerce.date() })).parse(await tx.execute(sql`select clock_timestamp() as now`))
  let latest: Date | null = null
  for (const { runId, finishedAt, policyVersion, state, life } of moved) {
    const until = state === null ? await afterWindow(tx, finishedAt, policyVersion) : isOver(state) ? null : untilOf(life, runId)
    if (until !== null && clock && until > clock.now && (latest === null || until > latest)) latest = until
  }
  return latest
}

async function afterWindow(tx: Tx, finishedAt: Date | null, policyVersion: number): Promise<Date | null> {
  if (finishedAt === null) return null
  const { undoWindowHours } = await policyOf(tx, policyVersion)
  return new Date(finishedAt.getTime() + undoWindowHours * 3_600_000)
}

const isOver = (state: string): boolean => isEnd(z.enum(ticketStates).parse(state))

/** One that was restored again since has another run to undo. */
function untilOf(life: unknown, runId: string): Date | null {
  const { undo } = undoSchema.parse(life)
  return undo?.runId === runId ? new Date(undo.until) : null
}
