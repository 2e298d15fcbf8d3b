import { bigint, index, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { createdAt, id, instant } from './columns.ts'
import { portals } from './portals.ts'
import { runs } from './runs.ts'
import { snapshots } from './snapshots.ts'
import { tickets } from './tickets.ts'
import { users } from './users.ts'

/**
 * `carry_over`: rows that a restore or an undo wiped. `lost_files`: files of the portal that it took away or overwrote, as they were. `extract`: chosen records of a
 * restore point.
 */
export type ExtractedKind = 'carry_over' | 'lost_files' | 'extract'
export type ExtractedTableCount = {
  schema: string
  table: string
  name: { en: string; pl: string }
  rows: number
  written: number
  /** What of it is never written to files: the whole table, or columns by their names for people. Absent: nothing. */
  withheld?: 'all' | { en: string; pl: string }[]
}

/** Of `lost_files`: how many there were, how many are in the archive, and what all of them hold, in bytes. */
export type LostFileCount = { files: number; written: number; bytes: number }

/** An archive for the portal's owner and the ticket's requester. The file itself lies sealed under DATA_DIR; here is what it is. */
export const extractedFiles = pgTable(
  'extracted_files',
  {
    id: id(),
    kind: text().$type<ExtractedKind>().notNull(),
    portalId: uuid()
      .notNull()
      .references(() => portals.id),
    /** Null for an operator's break-glass run. */
    ticketId: uuid().references(() => tickets.id),
    runId: uuid().references(() => runs.id),
    /** The copy it was read from. */
    sourceSnapshotId: uuid()
      .notNull()
      .references(() => snapshots.id),
    /** A new name each time it is made, so that no two workers write to one file. */
    storedAs: text().notNull(),
    /** Rows that were to be written; `tables` says which of them were. */
    rows: bigint({ mode: 'number' }).notNull(),
    /** Of the archive in clear. */
    bytes: bigint({ mode: 'number' }).notNull(),
    sha256: text().notNull(),
    tables: jsonb().$type<ExtractedTableCount[]>().notNull(),
    lostFiles: jsonb().$type<LostFileCount>(),
    madeAt: createdAt(),
    expiresAt: instant().notNull(),
    deletedAt: instant(),
  },
  (t) => [
    uniqueIndex('extracted_files_one_per_run').on(t.runId, t.kind),
    index('extracted_files_ticket').on(t.ticketId),
    index('extracted_files_expiry').on(t.expiresAt),
  ],
)

/** Who was let at a file, and when: only grows. */
export const fileDownloads = pgTable(
  'file_downloads',
  {
    id: id(),
    fileId: uuid()
      .notNull()
      .references(() => extractedFiles.id),
    portalId: uuid()
      .notNull()
      .references(() => portals.id),
    userId: uuid()
      .notNull()
      .references(() => users.id),
    at: createdAt(),
  },
  (t) => [index('file_downloads_file').on(t.fileId, t.at)],
)
