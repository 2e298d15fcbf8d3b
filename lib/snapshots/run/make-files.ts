import { and, eq, isNull, sql } from 'drizzle-orm'
import type { Tx } from '#db/client.ts'
import { type ExtractedKind, extractedFiles, ownerships, tickets, users } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import type { TableName } from '#lib/difference/names.ts'
import type { Locale } from '../extract/file-words.ts'
import { lackingBytes, removeStored, type Stored, storeFile } from '../extract/store-file.ts'
import { type Archive, writeArchive } from '../extract/write-archive.ts'
import { guarded, LeaseLost } from '../lease.ts'
import type { ExtractedRows, ExtractedTable, SnapshotRef } from '../port.ts'
import type { RunContext } from './run-context.ts'

export type FilesOrder = {
  kind: Exclude<ExtractedKind, 'lost_files'>
  /** The copy that is read, and what of it. */
  source: SnapshotRef
  what: ExtractedRows
  /** How long they are kept from now. */
  hours: number
  /** An undo's hold only what was entered since the restore. */
  typedSince: boolean
}
export type Told = { sourceSnapshotId: string; rows: number; bytes: number; leftOut: number }
/** No room for the files is an expected no; its reason is for the desk. */
export type MadeFiles = { ok: true; told: Told } | { ok: false; noRoom: string }

/** Reads rows of a copy into one sealed archive for the portal's people and writes it down: one of a kind a run, a later one in place of the earlier. */
export async function makeFiles(context: RunContext, order: FilesOrder): Promise<MadeFiles> {
  try {
    return await make(context, order)
  } catch (cause) {
    if (cause instanceof LeaseLost || context.signal.aborted || !isDiskFull(cause)) throw cause
    return { ok: false, noRoom: 'the disk of the files is full' }
  }
}

async function make(context: RunContext, order: FilesOrder): Promise<MadeFiles> {
  const { hand, signal, work } = context
  const reader = await readReader(context)
  const made = await hand.adapter.extract(
    { portal: hand.ref, source: order.source, what: order.what },
    async (extracted, withheldTables) => {
      const rows = extracted.reduce((sum, table) => sum + table.rows, 0)
      if (rows === 0) return { rows, archive: null, stored: null, lacking: null }
      const lacking = await lackingBytes(work.files, Math.min(bytesAtMost(extracted), context.carryOver.limit.bytes * formats))
      if (lacking) return { rows, archive: null, stored: null, lacking }
      if (order.kind === 'carry_over') await work.observe('run.carryingOver')
      const archive = archiveOf(context, { extracted, withheldTables }, order, reader)
      return { rows, archive, stored: await storeFile(work.files, archive.bytes), lacking: null }
    },
    signal,
  )
  if (made.lacking) {
    const { neededBytes, freeBytes } = made.lacking
    return { ok: false, noRoom: `the files may need ${neededBytes} bytes, and ${freeBytes} are free` }
  }
  await context.books.drain()
  const { rows, stored, archive } = made
  const told = { sourceSnapshotId: order.source.id, rows, bytes: stored?.bytes ?? 0, leftOut: leftOutOf(archive) }
  await writeDown(context, { ...order, rows, tables: archive?.tables ?? [], lostFiles: null }, stored)
  return { ok: true, told }
}

/** CSV, JSON lines and SQL of each row; text that does not shrink is the worst case. */
const formats = 3
const bytesAtMost = (extracted: ExtractedTable[]) => formats * extracted.reduce((sum, { bytes }) => sum + bytes, 0)

function leftOutOf(archive: Archive | null): number {
  return archive?.tables.reduce((sum, { rows, written }) => sum + rows - written, 0) ?? 0
}

/** Who the files are for, and of what they speak. */
export type Reader = { ticketNumber: number | null; locale: Locale; madeAt: string }

function archiveOf(
  { hand, run, books, carryOver }: RunContext,
  { extracted, withheldTables }: { extracted: ExtractedTable[]; withheldTables: TableName[] },
  { kind, typedSince }: FilesOrder,
  { ticketNumber, locale, madeAt }: Reader,
): Archive {
  let toldAt = performance.now()
  const by = kind === 'extract' ? 'extract' : run.kind
  return writeArchive(extracted, {
    locale,
    words: hand.portal.tableWords,
    about: { portalName: hand.portal.name, ticketNumber, by, typedSince, madeAt },
    limit: carryOver.limit,
    withheldTables,
    progress: (done, total) => {
      const now = performance.now()
      if (now - toldAt < PROGRESS_EVERY_MS) return
      toldAt = now
      books.progressLater({ done, total, unit: 'rows' })
    },
  })
}

export const PROGRESS_EVERY_MS = 250

type Described = Pick<typeof extractedFiles.$inferInsert, 'kind' | 'rows' | 'tables' | 'lostFiles'> & {
  source: SnapshotRef
  hours: number
}

/** The row names the new file in the same commit in which the old one is forgotten; a file without a row is swept. Without one nothing is wiped any more. */
export async function writeDown(
  { db, lease, run, work }: RunContext,
  { kind, source, hours, rows, tables, lostFiles }: Described,
  stored: Stored | null,
): Promise<void> {
  const before = await guarded(db, lease, async (tx) => {
    const [old] = await tx
      .select()
      .from(extractedFiles)
      .where(and(eq(extractedFiles.runId, run.id), eq(extractedFiles.kind, kind)))
      .for('update')
    if (!stored) {
      // What was made a moment before stands for nothing.
      if (old) await tx.update(extractedFiles).set({ deletedAt: sql`clock_timestamp()` }).where(eq(extractedFiles.id, old.id))
      return old
    }
    const values = { ...stored, rows, tables, lostFiles, sourceSnapshotId: source.id, deletedAt: null }
    await tx
      .insert(extractedFiles)
      .values({
        ...values,
        kind,
        portalId: run.portalId,
        ticketId: run.ticketId,
        runId: run.id,
        madeAt: sql`clock_timestamp()`,
        expiresAt: inHours(hours),
      })
      .onConflictDoUpdate({ target: [extractedFiles.runId, extractedFiles.kind], set: values })
    return old
  })
  if (before && before.storedAs !== stored?.storedAs) await removeStored(work.files, before.storedAs)
}

/** By the database's clock. */
export const inHours = (hours: number) => sql`clock_timestamp() + make_interval(hours => ${hours}::int)`

export async function readReader(context: RunContext): Promise<Reader> {
  const { run, hand } = context
  return scoped(context.db, 'system', async (tx) => {
    const [ticket] =
      run.ticketId === null ? [] : await tx.select({ number: tickets.number }).from(tickets).where(eq(tickets.id, run.ticketId))
    const [owner] = await tx
      .select({ locale: users.locale })
      .from(ownerships)
      .innerJoin(users, eq(users.id, ownerships.userId))
      .where(and(eq(ownerships.portalId, run.portalId), isNull(ownerships.toAt)))
    return { ticketNumber: ticket?.number ?? null, locale: owner?.locale ?? hand.portal.locale, madeAt: await now(tx) }
  })
}

async function now(tx: Tx): Promise<string> {
  const [row] = await tx.execute<{ at: Date | string }>(sql`select clock_timestamp() as at`)
  return new Date(row?.at ?? Number.NaN).toISOString()
}

export function isDiskFull(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && (cause.code === 'ENOSPC' || cause.code === 'EDQUOT')
}
