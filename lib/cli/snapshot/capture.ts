import { setTimeout as pause } from 'node:timers/promises'
import type { Command } from 'commander'
import { and, desc, eq, ne, sql } from 'drizzle-orm'
import { z } from 'zod'
import { snapshots } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { plusDays } from '#lib/domain/instants.ts'
import { r2Moment } from '#lib/domain/policy/r2-retention.ts'
import { firstRefusal } from '#lib/domain/policy/verdict.ts'
import { refuse } from '#lib/domain/refusal.ts'
import { captureSnapshot } from '#lib/snapshots/capture-snapshot.ts'
import { enqueueCapture } from '#lib/snapshots/schedule-captures.ts'
import { currentPolicy } from '#lib/tickets/current-policy.ts'
import { databaseNow } from '#lib/tickets/database-clock.ts'
import { ticketRefusal } from '#lib/tickets/engine-refusals.ts'
import { type Answer, type Desk, exitCodes, refused, subcommand, WrongUse } from '../command.ts'
import { findPortal } from '../find-portal.ts'
import { needWorker, operatorsWork } from './waiting.ts'

type Options = { json?: true; portal: string; label?: string; at?: string; inline?: true }
type Row = typeof snapshots.$inferSelect

const POLL_MS = 300

export function declareCapture(parent: Command): void {
  subcommand<Options>(
    parent,
    'capture',
    (command) =>
      command
        .description('makes a restore point now')
        .requiredOption('--portal <id>', 'id or external id of the portal')
        .option('--label <words>', 'what it is for')
        .option('--at <instant>', 'as the portal was then, where its adapter goes back to any moment: 2026-11-25T10:15:00Z')
        .option('--inline', 'do it in this process, without a worker'),
    async (desk, options) => {
      const portalId = await findPortal(desk, options.portal)
      const at = options.at === undefined ? undefined : instantOf(options.at)
      if (at !== undefined) {
        const refusal = await tooOldOrToCome(desk, at)
        if (refusal !== null) return refused(refusal)
      }
      const input = {
        portalId,
        label: 'manual' as const,
        ...(options.label === undefined ? {} : { note: options.label }),
        ...(at === undefined ? {} : { at }),
      }
      return options.inline ? captureHere(desk, input) : captureByWorker(desk, input)
    },
  )
}

type Input = { portalId: string; label: 'manual'; note?: string; at?: string }

function instantOf(given: string): string {
  const parsed = z.iso.datetime({ offset: true }).safeParse(given)
  if (!parsed.success) throw new WrongUse(`--at ${given} is no instant with its zone, like 2026-11-25T10:15:00Z`)
  return new Date(parsed.data).toISOString()
}

/** How far back its system goes is the adapter's to say: it is asked when the restore point is made. */
async function tooOldOrToCome({ db }: Desk, at: string) {
  return scoped(db, 'system', async (tx) => {
    const policy = await currentPolicy(tx)
    const now = await databaseNow(tx)
    return firstRefusal([r2Moment({ at, from: plusDays(now, -policy.retentionDays), now }, policy)])
  })
}

async function captureHere(desk: Desk, input: Input): Promise<Answer> {
  const result = await captureSnapshot(desk.db, input, operatorsWork(desk.signal))
  if (result.ok) return made(result.snapshot)
  if (result.why === 'refused') return refused(ticketRefusal(result.refusal), { snapshotId: result.snapshotId })
  if (result.why === 'no_data') return refused(refuse('self_hosted', {}, 'R8'))
  const words = `Somebody works on the portal (${result.purpose}); try again after ${result.until.toISOString()}.`
  return { code: exitCodes.failed, document: { error: words }, words }
}

/** The job makes the row: it is the newest one that was begun after we asked. */
async function captureByWorker(desk: Desk, input: Input): Promise<Answer> {
  await needWorker(desk.db)
  const before = await newest(desk, input.portalId)
  await scoped(desk.db, 'system', (tx) => enqueueCapture(tx, input))
  for (;;) {
    desk.signal.throwIfAborted()
    const row = await newest(desk, input.portalId)
    if (row && row.id !== before?.id && row.state !== 'capturing') return row.state === 'ready' ? made(row) : failed(row)
    await pause(POLL_MS)
    await needWorker(desk.db)
  }
}

async function newest({ db }: Desk, portalId: string): Promise<Row | undefined> {
  const [row] = await scoped(db, 'system', (tx) =>
    tx
      .select()
      .from(snapshots)
      .where(and(eq(snapshots.portalId, portalId), eq(snapshots.label, 'manual'), ne(snapshots.state, sql`'pruned'`)))
      .orderBy(desc(snapshots.startedAt))
      .limit(1),
  )
  return row
}

function made({ id, completedAt, captureMs, tableCount, rowCount, byteCount }: Row): Answer {
  const document = { snapshotId: id, completedAt, captureMs, tables: tableCount, rows: rowCount, bytes: byteCount }
  return {
    code: exitCodes.done,
    document,
    words: `Snapshot ${id}: ${tableCount} tables, ${rowCount} rows, made in ${captureMs} ms`,
  }
}

function failed({ id, reason }: Row): Answer {
  const words = `The capture failed: ${reason ?? 'no reason was kept'}`
  return { code: exitCodes.failed, document: { snapshotId: id, error: words }, words }
}
