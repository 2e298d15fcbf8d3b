import type { LostFileCount } from '#db/schema/index.ts'
import { lackingBytes, storeFile } from '../extract/store-file.ts'
import { type LostFilesArchive, writeLostFiles } from '../extract/write-lost-files.ts'
import { LeaseLost } from '../lease.ts'
import { AdapterRefused, type LostFile, type SnapshotRef } from '../port.ts'
import type { PortalAtHand } from '../portal-at-hand.ts'
import { isDiskFull, type MadeFiles, PROGRESS_EVERY_MS, type Reader, readReader, writeDown } from './make-files.ts'
import type { RunContext } from './run-context.ts'

export type LostFilesOrder = {
  /** What was kept of the portal just before, which the archive's row is written down with. */
  safety: SnapshotRef
  /** Of an undo: the point of the restore that it undoes, where files went back with it. What that one has lives on there. */
  undone: { point: SnapshotRef; hand: PortalAtHand } | null
  /** How long they are kept from now. */
  hours: number
}
type MadeLostFiles = { ok: true; told: (LostFileCount & { archiveBytes: number }) | null } | Extract<MadeFiles, { ok: false }>

/**
 * The portal's own files that this run will take away or overwrite, read where they lie into a sealed archive for the portal's people. An archive of its own: rows are
 * written anew where another copy takes the safety copy's place, and by then these files are gone. `told` is null where no file is lost.
 */
export async function makeLostFiles(context: RunContext, order: LostFilesOrder): Promise<MadeLostFiles> {
  const { hand, run, snapshot, signal } = context
  if (run.scope !== 'full' || typeof hand.ref.filesPath !== 'string' || !hand.adapter.capabilities.files)
    return { ok: true, told: null }
  if (hand.adapter.readLostFiles === undefined)
    throw new Error(`the adapter ${hand.adapterName} declares files and hands none out`)
  try {
    return await hand.adapter.readLostFiles(
      { portal: hand.ref, snapshot },
      async (files) => store(context, order, await withoutUndone(files, order, signal)),
      signal,
    )
  } catch (cause) {
    if (cause instanceof LeaseLost || signal.aborted || !isDiskFull(cause)) throw cause
    return { ok: false, noRoom: 'the disk of the files is full' }
  }
}

/** An undo also takes away what the restore had brought back; that is still in its restore point. */
async function withoutUndone(files: LostFile[], { undone }: LostFilesOrder, signal: AbortSignal): Promise<LostFile[]> {
  if (undone === null || undone.hand.adapter.readLostFiles === undefined) return files
  const request = { portal: undone.hand.ref, snapshot: undone.point }
  try {
    const since = await undone.hand.adapter.readLostFiles(request, async (lost) => new Set(lost.map(({ path }) => path)), signal)
    return files.filter(({ path }) => since.has(path))
  } catch (cause) {
    // As with rows: where that point cannot be read, all that the undo takes away is written.
    if (!(cause instanceof AdapterRefused)) throw cause
    return files
  }
}

async function store(context: RunContext, { safety, undone, hours }: LostFilesOrder, files: LostFile[]): Promise<MadeLostFiles> {
  const { work, books, carryOver } = context
  const described = { kind: 'lost_files', source: safety, hours, rows: 0, tables: [] } as const
  if (files.length === 0) {
    await writeDown(context, { ...described, tables: [], lostFiles: null }, null)
    return { ok: true, told: null }
  }
  const wanted = files.reduce((sum, { bytes }) => sum + bytes, 0)
  const lacking = await lackingBytes(work.files, Math.min(wanted, carryOver.limit.bytes))
  if (lacking) return { ok: false, noRoom: `the files may need ${lacking.neededBytes} bytes, and ${lacking.freeBytes} are free` }
  const archive = archiveOf(context, files, { ...(await readReader(context)), typedSince: undone !== null })
  const stored = await storeFile(work.files, archive.bytes)
  await books.drain()
  await writeDown(context, { ...described, tables: [], lostFiles: archive.count }, stored)
  return { ok: true, told: { ...archive.count, archiveBytes: stored.bytes } }
}

function archiveOf(
  { hand, run, books, carryOver: { limit } }: RunContext,
  files: LostFile[],
  { locale, ticketNumber, madeAt, typedSince }: Reader & { typedSince: boolean },
): LostFilesArchive {
  let toldAt = performance.now()
  return writeLostFiles(files, {
    locale,
    about: { portalName: hand.portal.name, ticketNumber, by: run.kind, typedSince, madeAt },
    limit: { files: limit.rows, bytes: limit.bytes },
    progress: (done, total) => {
      const now = performance.now()
      if (now - toldAt < PROGRESS_EVERY_MS) return
      toldAt = now
      books.progressLater({ done, total, unit: 'bytes' })
    },
  })
}
