import { createHash, randomUUID } from 'node:crypto'
import { eq, inArray, sql } from 'drizzle-orm'
import type { Db } from '#db/client.ts'
import { fileSteps, previews, restoreSteps, runSteps, runs, snapshots } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import type { PreviewReport } from '#lib/snapshots/preview-report.ts'
import { demoId } from '../secrets.ts'
import { tableWords } from '../table-words.ts'
import { demoPortal } from './cast.ts'
import type { PastTicket } from './past.ts'

type Difference = PastTicket['difference']

/** A restore point of weeks ago. It stays ready until its ticket's story is told, and is pruned then, as it has been long since. */
export async function pastSnapshot(db: Db, externalId: string, label: 'daily' | 'safety', completedAt: Date): Promise<string> {
  const portal = demoPortal(externalId)
  const id = randomUUID()
  await scoped(db, 'system', (tx) =>
    tx.insert(snapshots).values({
      id,
      portalId: demoId(externalId),
      datastoreId: demoId('datastore'),
      label,
      state: 'ready',
      databaseName: `past_${id}`,
      way: 'online',
      startedAt: new Date(completedAt.getTime() - 9_000),
      completedAt,
      captureMs: 9_000,
      barredMs: 0,
      sessionsEnded: 0,
      tableCount: 18,
      rowCount: Math.round(portal.rows * 0.97),
      verifiedAt: completedAt,
    }),
  )
  return id
}

/** The end of what was kept for past tickets: their retention is over. */
export async function prunePastSnapshots(db: Db, ids: string[]): Promise<void> {
  await scoped(db, 'system', (tx) =>
    tx
      .update(snapshots)
      .set({ state: 'pruned', databaseName: null, prunedAt: sql`completed_at + interval '10 days'` })
      .where(inArray(snapshots.id, ids)),
  )
}

export async function pastPreview(
  db: Db,
  of: {
    portal: string
    scope: 'crm' | 'full'
    snapshotId: string
    snapshotAt: Date
    purpose: 'restore' | 'undo'
    difference: Difference
  },
  at: Date,
): Promise<{ previewId: string; digest: string }> {
  const previewId = randomUUID()
  const digest = createHash('sha256')
    .update(JSON.stringify([of.portal, of.difference, at]))
    .digest('hex')
  await scoped(db, 'system', (tx) =>
    tx.insert(previews).values({
      id: previewId,
      portalId: demoId(of.portal),
      snapshotId: of.snapshotId,
      scope: of.scope,
      purpose: of.purpose,
      state: 'ready',
      digest,
      method: 'exact',
      way: 'in_place',
      policyVersion: 1,
      report: reportOf(of.difference, demoPortal(of.portal).users, of.snapshotAt, at),
      createdAt: at,
      takenAt: at,
    }),
  )
  return { previewId, digest }
}

/** What the run that was begun at `at` came to: carried out within seconds, with its steps. */
export async function finishPastRun(
  db: Db,
  runId: string,
  done: { safetySnapshotId: string; difference: Difference; at: Date },
): Promise<void> {
  const rows = done.difference.reduce((sum, [, missing, newer, changed]) => sum + missing + newer + changed, 0)
  const finishedAt = new Date(done.at.getTime() + 14_000)
  await scoped(db, 'system', async (tx) => {
    await tx.execute(sql`select cancel_job('run:' || ${runId}::text)`)
    await tx
      .update(runs)
      .set({
        state: 'succeeded',
        step: 'release',
        attempts: 1,
        safetySnapshotId: done.safetySnapshotId,
        createdAt: done.at,
        startedAt: new Date(done.at.getTime() + 400),
        committedAt: new Date(done.at.getTime() + 11_000),
        finishedAt,
        writePauseMs: 40 + Math.round(rows / 12),
        offlineMs: 0,
        counts: totalOf(done.difference),
      })
      .where(eq(runs.id, runId))
    await tx.insert(runSteps).values(
      rowSteps.map((step, i) => ({
        runId,
        step,
        attempt: 1,
        startedAt: new Date(done.at.getTime() + 400 + i * 1_300),
        finishedAt: new Date(done.at.getTime() + 1_700 + i * 1_300),
      })),
    )
  })
}

const rowSteps = restoreSteps.filter((step) => !fileSteps.includes(step))

export function totalOf(difference: Difference) {
  const sum = (column: 1 | 2 | 3) => difference.reduce((total, row) => total + row[column], 0)
  return { missing: sum(1), newer: sum(2), changed: sum(3) }
}

function reportOf(difference: Difference, users: number, snapshotAt: Date, at: Date): PreviewReport {
  const total = totalOf(difference)
  const rows = total.missing + total.newer + total.changed
  return {
    version: 1,
    method: 'exact',
    snapshotAt: snapshotAt.toISOString(),
    comparedAt: at.toISOString(),
    durationMs: 900,
    totals: { comesBack: total.missing, wiped: total.newer, changed: total.changed, usersAffected: users },
    tables: difference.map(([name, missing, newer, changed]) => {
      const [schema = '', table = ''] = name.split('.')
      const words = tableWords.find((word) => word.schema === schema && word.table === table)?.name
      return { schema, table, name: words ?? { en: table, pl: table }, money: null, missing, newer, changed }
    }),
    people: [],
    hours: [],
    examples: [],
    examplesCut: false,
    edges: [],
    notices: [{ code: 'write_pause', facts: { ms: 40 + Math.round(rows / 12) } }],
    structure: [],
    way: 'in_place',
    writePauseMs: 40 + Math.round(rows / 12),
    offlineMs: 0,
  }
}
