import { eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db } from '#db/client.ts'
import { extractedFiles, fileDownloads, portals, runs, tickets } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { actorKey, type Person } from '#lib/domain/actor.ts'
import { type FileStore, readStored } from '#lib/snapshots/extract/store-file.ts'
import { isOver, mayDownload } from './read-files.ts'
import { standingOf } from './standing.ts'

export type Download = { name: string; bytes: number; sha256: string; read: () => AsyncGenerator<Buffer> }

const fileId = z.uuid()

/**
 * Lets this person at a file of a ticket and writes down that it did, in one transaction. Null where there is no such file for them: another
 * portal's, one that has expired, or the reader is the desk (S84, S113).
 */
export async function downloadFile(
  db: Db,
  actor: Person,
  asked: { number: number; fileId: string },
  store: FileStore,
): Promise<Download | null> {
  const id = fileId.safeParse(asked.fileId)
  if (!id.success || !Number.isSafeInteger(asked.number)) return null
  return scoped(db, actorKey(actor), async (tx) => {
    const [found] = await tx
      .select({ file: extractedFiles, ticket: tickets, portalName: portals.name, by: runs.kind, over: sql<boolean>`${isOver}` })
      .from(extractedFiles)
      .innerJoin(tickets, eq(tickets.id, extractedFiles.ticketId))
      .innerJoin(portals, eq(portals.id, extractedFiles.portalId))
      .innerJoin(runs, eq(runs.id, extractedFiles.runId))
      .where(sql`${extractedFiles.id} = ${id.data} and ${tickets.number} = ${asked.number} and ${runs.state} = 'succeeded'`)
    if (!found || found.over) return null
    const { file, ticket } = found
    const by = file.kind === 'extract' ? file.kind : found.by
    if (!mayDownload(await standingOf(tx, actor, file.portalId, ticket))) return null
    await tx.insert(fileDownloads).values({ fileId: file.id, portalId: file.portalId, userId: actor.userId })
    const name = `${found.portalName} #${ticket.number} ${by}${file.kind === 'lost_files' ? ' files' : ''} ${file.madeAt.toISOString().slice(0, 10)}.zip`
    return { name, bytes: file.bytes, sha256: file.sha256, read: () => readStored(store, file.storedAs) }
  })
}
