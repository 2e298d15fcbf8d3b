import { and, asc, eq, inArray, isNull } from 'drizzle-orm'
import { Temporal } from 'temporal-polyfill'
import type { Db, Tx } from '#db/client.ts'
import { alerts, type DeletedRows, deletionSamples, mailOutbox, snapshots } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { deletions } from '#db/seed/portals/incidents.ts'
import { localInstant } from '#db/seed/portals/moments.ts'
import { demoPortals } from '#db/seed/portals/portals.ts'
import { type DeletionSample, r15MassDeletion } from '#lib/domain/policy/r15-mass-deletion.ts'
import { snapshotRefWithBaseline } from '#lib/snapshots/catalogue-rows.ts'
import { raiseMassDeletion } from '#lib/snapshots/mass-deletion.ts'
import { portalAtHand } from '#lib/snapshots/portal-at-hand.ts'
import { currentPolicy } from '#lib/tickets/current-policy.ts'
import { cancelJob } from '#lib/tickets/enqueue-job.ts'
import { demoId } from './secrets.ts'
import { deliverAt } from './tickets/mailbox.ts'

export type SeedAlarm = { db: Db; now: Date; appUrl: string; authSecret: string }

export const alarmed = 'corax'
const lookMs = 5 * 60_000

/**
 * R15 corax's mass deletion, as the looks of that afternoon saw it: the rows that really went between the two restore points, in shares of
 * five minutes, judged by the rule and raised by the product's own function; only dates are put back. After the tickets, since one ends it.
 */
export async function seedAlarm(seed: SeedAlarm): Promise<void> {
  const { db, now } = seed
  const { from, looks } = looksOf(now)
  const gone = await goneThatDay(db, from)
  const raisedAt = await scoped(db, 'system', async (tx) => {
    const seen: DeletionSample[] = []
    let first: Date | null = null
    for (const [index, since] of looks.entries()) {
      const until = new Date(since.getTime() + lookMs)
      const tables = shareOf(gone, index, looks.length)
      const deleted = tables.reduce((total, { rows }) => total + rows, 0)
      await tx.insert(deletionSamples).values({ portalId: demoId(alarmed), since, until, deleted, tables })
      seen.push({ since: since.toISOString(), until: until.toISOString(), deleted })
      if (await judge(tx, seen, from, until)) first ??= until
    }
    return first
  })
  if (raisedAt === null) throw new Error('the demo’s mass deletion alarmed nobody')
  await putBack(seed, raisedAt)
}

function looksOf(now: Date): { from: Date; looks: Date[] } {
  const { daysAgo, hour, minute, minutes } = deletions[alarmed]
  const portal = demoPortals.find(({ externalId }) => externalId === alarmed)
  if (!portal) throw new Error(`${alarmed} is not in the demo`)
  const today = Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(portal.timeZone).toPlainDate()
  const from = localInstant(portal.timeZone, today.subtract({ days: daysAgo }).toString(), hour, minute)
  const first = Math.floor(from.getTime() / lookMs) * lookMs
  const count = Math.ceil((from.getTime() + minutes * 60_000 - first) / lookMs)
  return { from, looks: Array.from({ length: count }, (_, index) => new Date(first + index * lookMs)) }
}

/** What the restore point before the deletion holds and the one after it does not. */
async function goneThatDay(db: Db, from: Date): Promise<DeletedRows[]> {
  const { hand, before, after } = await scoped(db, 'system', async (tx) => {
    const hand = await portalAtHand(tx, demoId(alarmed))
    const points = await tx
      .select()
      .from(snapshots)
      .where(and(eq(snapshots.portalId, demoId(alarmed)), eq(snapshots.state, 'ready'), eq(snapshots.label, 'daily')))
      .orderBy(asc(snapshots.completedAt))
    const last = points.findLast(({ completedAt }) => completedAt !== null && completedAt <= from)
    const next = points.find(({ completedAt }) => completedAt !== null && completedAt > from)
    const before = last ? await snapshotRefWithBaseline(tx, last) : null
    const after = next ? await snapshotRefWithBaseline(tx, next) : null
    return { hand, before, after }
  })
  if (!hand || !before || !after) throw new Error(`${alarmed} has no restore points around its deletion`)
  const { portal, ref, adapter } = hand
  const { edgeHandling } = portal
  const ask = { portal: ref, snapshot: before, against: after, columns: [], examplesPerTable: 0, edgeHandling }
  const [crm, full] = [await adapter.compare({ ...ask, scope: 'crm' }), await adapter.compare({ ...ask, scope: 'full' })]
  return full.tables
    .filter(({ missing }) => missing > 0)
    .map(({ schema, table, missing }) => ({
      schema,
      table,
      rows: missing,
      inCrm: crm.tables.some((told) => told.schema === schema && told.table === table),
    }))
}

/** The whole in equal shares, each row in exactly one. */
function shareOf(gone: DeletedRows[], index: number, count: number): DeletedRows[] {
  const upTo = (rows: number, part: number) => Math.floor((rows * part) / count)
  return gone
    .map((told) => ({ ...told, rows: upTo(told.rows, index + 1) - upTo(told.rows, index) }))
    .filter(({ rows }) => rows > 0)
}

async function judge(tx: Tx, samples: DeletionSample[], from: Date, now: Date): Promise<boolean> {
  const watchedSince = new Date(from.getTime() - 5 * 86_400_000).toISOString()
  const found = r15MassDeletion({ samples, watchedSince, now: now.toISOString() }, await currentPolicy(tx))
  return found !== null && raiseMassDeletion(tx, demoId(alarmed), found)
}

/** The alert and its mails were of that afternoon. */
async function putBack({ db, ...post }: SeedAlarm, at: Date): Promise<void> {
  const waiting = await scoped(db, 'system', async (tx) => {
    await tx.update(alerts).set({ raisedAt: at }).where(eq(alerts.kind, 'mass_deletion'))
    return tx
      .select({ id: mailOutbox.id })
      .from(mailOutbox)
      .where(and(inArray(mailOutbox.template, ['mass_deletion', 'mass_deletion_at']), isNull(mailOutbox.sentAt)))
  })
  for (const { id } of waiting) await deliverAt(db, post, id, at)
  await scoped(db, 'system', async (tx) => {
    for (const { id } of waiting) {
      await tx
        .update(mailOutbox)
        .set({ createdAt: at, sentAt: new Date(at.getTime() + 2_000), attempts: 1 })
        .where(eq(mailOutbox.id, id))
      await cancelJob(tx, `mail:${id}`)
    }
  })
}
