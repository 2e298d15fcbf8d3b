import { eq, isNull, sql } from 'drizzle-orm'
import type { Db } from '#db/client.ts'
import { extractedFiles } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { type FileStore, removeStored, removeUnknown } from './store-file.ts'

/** Nobody writes to one file for longer than this. */
const WRITTEN_WITHIN_MS = 24 * 3_600_000

/** Deletes files whose time is over and says so in their rows, and sweeps what killed workers left. Safe to be stopped anywhere and run again. */
export async function forgetFiles(db: Db, store: Pick<FileStore, 'root'>): Promise<{ expired: number; left: number }> {
  const expired = await scoped(db, 'system', (tx) =>
    tx
      .select({ id: extractedFiles.id, storedAs: extractedFiles.storedAs })
      .from(extractedFiles)
      .where(sql`${extractedFiles.deletedAt} is null and ${extractedFiles.expiresAt} <= clock_timestamp()`),
  )
  for (const { id, storedAs } of expired) {
    await removeStored(store, storedAs)
    await scoped(db, 'system', (tx) =>
      tx.update(extractedFiles).set({ deletedAt: sql`clock_timestamp()` }).where(eq(extractedFiles.id, id)),
    )
  }
  const olderThan = new Date(Date.now() - WRITTEN_WITHIN_MS)
  const kept = await scoped(db, 'system', (tx) =>
    tx.select({ storedAs: extractedFiles.storedAs }).from(extractedFiles).where(isNull(extractedFiles.deletedAt)),
  )
  const left = await removeUnknown(store, new Set(kept.map((row) => row.storedAs)), olderThan)
  return { expired: expired.length, left }
}
