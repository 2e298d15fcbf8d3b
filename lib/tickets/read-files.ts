import { asc, desc, eq, inArray, sql } from 'drizzle-orm'
import type { Tx } from '#db/client.ts'
import {
  type ExtractedTableCount,
  extractedFiles,
  fileDownloads,
  type LostFileCount,
  type RunKind,
  runs,
  users,
} from '#db/schema/index.ts'
import type { Party } from '#lib/domain/permissions.ts'

/** What a run wiped, or an extract was asked for, as files: that they are there and what they count is for all who see the ticket, their contents for `mayDownload` only. */
export type FileRead = {
  id: string
  by: RunKind | 'extract'
  rows: number
  bytes: number
  tables: ExtractedTableCount[]
  /** An archive of the portal's own files, with no rows in it; null: of rows. */
  lostFiles: LostFileCount | null
  madeAt: Date
  expiresAt: Date
  /** Deleted, or to be deleted by the next tidying: nobody is let at it any more. */
  over: boolean
  mayDownload: boolean
  /** Who was let at it, the latest first: for those who may download it, and for the desk. */
  downloads: { name: string; at: Date }[]
}

/** The files of a ticket, oldest first, in the transaction that has read the ticket for its actor. Those of a run that wiped nothing in the end are not told. */
export async function readFiles(tx: Tx, ticketId: string, parties: ReadonlySet<Party>): Promise<FileRead[]> {
  const found = await tx
    .select({ file: extractedFiles, by: runs.kind, over: sql<boolean>`${isOver}` })
    .from(extractedFiles)
    .innerJoin(runs, eq(runs.id, extractedFiles.runId))
    .where(sql`${extractedFiles.ticketId} = ${ticketId} and ${runs.state} = 'succeeded'`)
    .orderBy(asc(extractedFiles.madeAt))
  const downloads = await readDownloads(
    tx,
    found.map(({ file }) => file.id),
  )
  const maySeeWho = mayDownload(parties) || parties.has('agent') || parties.has('approver') || parties.has('admin')
  return found.map(({ file: { id, kind, rows, bytes, tables, lostFiles, madeAt, expiresAt }, by, over }) => ({
    id,
    by: kind === 'extract' ? kind : by,
    downloads: maySeeWho ? downloads.filter(({ fileId }) => fileId === id).map(({ name, at }) => ({ name: name ?? '', at })) : [],
    rows,
    bytes,
    tables,
    lostFiles,
    madeAt,
    expiresAt,
    over,
    mayDownload: !over && mayDownload(parties),
  }))
}

function readDownloads(tx: Tx, fileIds: string[]) {
  return tx
    .select({ fileId: fileDownloads.fileId, name: users.name, at: fileDownloads.at })
    .from(fileDownloads)
    .innerJoin(users, eq(users.id, fileDownloads.userId))
    .where(inArray(fileDownloads.fileId, fileIds))
    .orderBy(desc(fileDownloads.at))
}

/** By the database's clock (I13). */
export const isOver = sql`(${extractedFiles.deletedAt} is not null or ${extractedFiles.expiresAt} <= clock_timestamp())`

/** S84: customers' data is for the customer; the desk sees that it exists. */
export function mayDownload(parties: ReadonlySet<Party>): boolean {
  return parties.has('owner') || parties.has('requester')
}
