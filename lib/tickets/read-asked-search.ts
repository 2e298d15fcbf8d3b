import { eq } from 'drizzle-orm'
import { z } from 'zod'
import type { Db } from '#db/client.ts'
import { searches } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { actorKey, type Person } from '#lib/domain/actor.ts'
import { isPermitted } from '#lib/domain/permissions.ts'
import { type SearchReport, searchReportSchema } from '#lib/snapshots/search-report.ts'
import { standingOf } from './standing.ts'

export type AskedSearch = { id: string; portalId: string; words: string; scope: 'crm' | 'full' } & (
  | { state: 'searching' | 'failed' }
  | { state: 'ready'; report: SearchReport }
)

/** A search for the one who asked, as long as they are of the portal; null for everybody else, as if it did not exist (S84, S113). */
export async function readAskedSearch(db: Db, actor: Person, searchId: string): Promise<AskedSearch | null> {
  if (!z.uuid().safeParse(searchId).success) return null
  return scoped(db, actorKey(actor), async (tx) => {
    const [row] = await tx.select().from(searches).where(eq(searches.id, searchId))
    if (!row || row.requestedBy !== actor.userId) return null
    if (!isPermitted('OPEN_TICKET', await standingOf(tx, actor, row.portalId, null))) return null
    const { id, portalId, words, scope, state } = row
    const about = { id, portalId, words, scope }
    return state === 'ready' ? { ...about, state, report: searchReportSchema.parse(row.report) } : { ...about, state }
  })
}
