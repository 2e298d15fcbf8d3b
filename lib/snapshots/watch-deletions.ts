import { and, eq, gt, gte, lte, ne, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db, Tx } from '#db/client.ts'
import { deletionMarks, deletionSamples, portals, runs } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import type { VersionedPolicy } from '#lib/domain/policy/policy.ts'
import { r15MassDeletion, usualDays } from '#lib/domain/policy/r15-mass-deletion.ts'
import { ageMassDeletions, raiseMassDeletion } from './mass-deletion.ts'
import type { DeletionCounts } from './port.ts'
import { type PortalAtHand, portalAtHand } from './portal-at-hand.ts'
import { runReportSchema } from './run/outcome.ts'

export type Watched = {
  /** Portals that were looked at, those where an alarm is new, and those that did not answer. */
  looked: string[]
  alarmed: string[]
  failed: { portalId: string; reason: string }[]
}

/** Portals that are asked at the same time: each answer takes milliseconds, and one server that hangs must not keep the others waiting. */
const LANES = 4

/**
 * R15: asks each active cloud portal what was deleted since the last look, keeps it, and holds the last hour against the portal's own usual.
 * To be called every few minutes; twice at once does no harm. What a restore or undo of ours deletes does not count.
 */
export async function watchDeletions(db: Db, policy: VersionedPolicy, signal: AbortSignal): Promise<Watched> {
  const watched: Watched = { looked: [], alarmed: [], failed: [] }
  const waiting = await activePortals(db)
  const lane = async () => {
    for (let portalId = waiting.shift(); portalId !== undefined; portalId = waiting.shift()) {
      signal.throwIfAborted()
      try {
        const seen = await lookAt(db, portalId, policy)
        if (seen !== 'passed_by') watched.looked.push(portalId)
        if (seen === 'alarm') watched.alarmed.push(portalId)
      } catch (cause) {
        // A portal that is barred or gone for a moment is asked again at the next look; its counters wait.
        watched.failed.push({ portalId, reason: cause instanceof Error ? cause.message : String(cause) })
      }
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  await scoped(db, 'system', (tx) => ageMassDeletions(tx, policy))
  return watched
}

/** For the nightly job: what no judgement asks for any more. */
export async function forgetDeletionSamples(db: Db): Promise<void> {
  await scoped(db, 'system', (tx) =>
    tx
      .delete(deletionSamples)
      .where(sql`${deletionSamples.until} < clock_timestamp() - make_interval(days => ${usualDays + 1}::int)`),
  )
}

async function activePortals(db: Db): Promise<string[]> {
  const rows = await scoped(db, 'system', (tx) =>
    tx
      .select({ id: portals.id })
      .from(portals)
      .where(and(eq(portals.edition, 'cloud'), eq(portals.status, 'active')))
      .orderBy(portals.id),
  )
  return rows.map(({ id }) => id)
}

type Mark = typeof deletionMarks.$inferSelect

async function lookAt(db: Db, portalId: string, policy: VersionedPolicy): Promise<'passed_by' | 'calm' | 'alarm'> {
  const start = await scoped(db, 'system', async (tx) => {
    const hand = await portalAtHand(tx, portalId)
    const [mark] = await tx.select().from(deletionMarks).where(eq(deletionMarks.portalId, portalId))
    return { hand, mark: mark ?? null, askedAt: await clock(tx), running: await isRunning(tx, portalId) }
  })
  const { hand, mark, askedAt } = start
  // A restore of ours is at work: the look after it knows what it deleted.
  if (hand === null || start.running || !hand.adapter.capabilities.deletionCounts) return 'passed_by'
  const counts = await hand.adapter.countDeletions?.(hand.ref, mark?.mark ?? null)
  if (counts === undefined) throw new Error(`adapter ${hand.adapter.name} declares deletionCounts and cannot count`)
  return scoped(db, 'system', (tx) => note(tx, { hand, mark, askedAt, counts }, policy))
}

type Look = { hand: PortalAtHand; mark: Mark | null; askedAt: Date; counts: DeletionCounts }

async function note(
  tx: Tx,
  { hand, mark, askedAt, counts }: Look,
  policy: VersionedPolicy,
): Promise<'passed_by' | 'calm' | 'alarm'> {
  const portalId = hand.portal.id
  // Looks at one portal come one after the other; one that was overtaken counts nothing twice.
  await tx.select({ id: portals.id }).from(portals).where(eq(portals.id, portalId)).for('no key update')
  const [kept] = await tx.select().from(deletionMarks).where(eq(deletionMarks.portalId, portalId))
  if ((kept?.takenAt.getTime() ?? null) !== (mark?.takenAt.getTime() ?? null) || (await isRunning(tx, portalId)))
    return 'passed_by'
  const takenAt = await clock(tx)
  const next = { portalId, mark: counts.mark, watchedSince: mark?.watchedSince ?? takenAt, askedAt, takenAt }
  await tx.insert(deletionMarks).values(next).onConflictDoUpdate({ target: deletionMarks.portalId, set: next })
  if (mark === null || counts.deleted === null) return 'calm'
  const tables = await withoutOurs(tx, portalId, counts.deleted, { since: mark.askedAt, until: takenAt })
  const deleted = tables.reduce((total, { rows }) => total + rows, 0)
  if (deleted === 0) return 'calm'
  // From the moment of asking: what was deleted while the portal answered the last time may be counted only now.
  await tx.insert(deletionSamples).values({ portalId, since: mark.askedAt, until: takenAt, deleted, tables })
  return judge(tx, next, policy)
}

async function judge(tx: Tx, { portalId, watchedSince, takenAt }: Mark, policy: VersionedPolicy): Promise<'calm' | 'alarm'> {
  const rows = await tx
    .select()
    .from(deletionSamples)
    .where(
      and(
        eq(deletionSamples.portalId, portalId),
        gt(deletionSamples.until, sql`${takenAt.toISOString()}::timestamptz - make_interval(days => ${usualDays + 1}::int)`),
      ),
    )
  const samples = rows.map(({ since, until, deleted }) => ({ since: since.toISOString(), until: until.toISOString(), deleted }))
  const found = r15MassDeletion({ samples, watchedSince: watchedSince.toISOString(), now: takenAt.toISOString() }, policy)
  if (found === null) return 'calm'
  return (await raiseMassDeletion(tx, portalId, found)) ? 'alarm' : 'calm'
}

/**
 * Less what our own restores and undos between two looks deleted, as they report it: a row that went back to what it was is deleted and
 * inserted. What a run that failed has tried was rolled back, but cannot be told from what people did: then nothing of this time is told.
 */
async function withoutOurs(
  tx: Tx,
  portalId: string,
  deleted: NonNullable<DeletionCounts['deleted']>,
  { since, until }: { since: Date; until: Date },
): Promise<NonNullable<DeletionCounts['deleted']>> {
  const ours = await tx
    .select({ state: runs.state, report: runs.report })
    .from(runs)
    .where(and(eq(runs.portalId, portalId), ne(runs.state, 'queued'), gte(runs.finishedAt, since), lte(runs.startedAt, until)))
  if (ours.some(({ state }) => state !== 'succeeded')) return []
  const byUs = ours.flatMap(({ report }) => runReportSchema.parse(report).tables)
  const left = deleted.map((told) => ({ ...told }))
  for (const { schema, table, newer, changed } of byUs) {
    let rows = newer + changed
    const named = left.filter((told) => told.schema === schema && told.table === table)
    // Reports name partitions, counts their root: what no name fits is taken where the most went.
    for (const told of named.length > 0 ? named : left) {
      const taken = Math.min(rows, told.rows)
      told.rows -= taken
      rows -= taken
    }
  }
  return left.filter(({ rows }) => rows > 0)
}

async function isRunning(tx: Tx, portalId: string): Promise<boolean> {
  const rows = await tx
    .select({ id: runs.id })
    .from(runs)
    .where(and(eq(runs.portalId, portalId), eq(runs.state, 'running')))
  return rows.length > 0
}

async function clock(tx: Tx): Promise<Date> {
  const [row] = z
    .array(z.object({ now: z.coerce.date() }))
    .parse(await tx.execute(sql`select date_trunc('milliseconds', clock_timestamp()) as now`))
  if (!row) throw new Error('the database did not tell the time')
  return row.now
}
