import { eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db } from '#db/client.ts'
import { portals, type TableWords } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import type { SystemActor } from '#lib/domain/actor.ts'
import { type Answer, no, refuse } from '#lib/domain/refusal.ts'
import { portalAtHand } from '#lib/snapshots/portal-at-hand.ts'
import { readTableShapes } from '#lib/snapshots/preview-columns.ts'
import { findUnknownWords, tableWordsSchema } from '#lib/snapshots/table-words.ts'

export const nameTablesInput = z.object({ portalId: z.uuid(), tableWords: tableWordsSchema })

/**
 * Says what people call the portal's tables, and which columns tell who, when, what, how much and how far, in place of what was said before. Refused where
 * it names what the portal does not have. Words change what is told, never what is counted or restored.
 */
export async function nameTables(
  db: Db,
  _actor: SystemActor,
  { portalId, tableWords }: z.infer<typeof nameTablesInput>,
): Promise<Answer<{ tables: number }>> {
  const hand = await scoped(db, 'system', (tx) => portalAtHand(tx, portalId))
  if (!hand) return no(refuse('invalid_input', { field: 'portal', problem: 'nothing of it is held here' }))
  const unknown = findUnknownWords(tableWords, await readTableShapes(hand.ref))
  if (unknown.length > 0) return no(refuse('invalid_input', { field: 'words', problem: unknown.join('; ') }))
  await scoped(db, 'system', (tx) =>
    tx.update(portals).set({ tableWords, updatedAt: sql`now()` }).where(eq(portals.id, portalId)),
  )
  return { ok: true, tables: tableWords.length }
}

/** What people call the portal's tables now; null where nothing of it is held here. */
export async function readTableWords(db: Db, _actor: SystemActor, portalId: string): Promise<TableWords[] | null> {
  const hand = await scoped(db, 'system', (tx) => portalAtHand(tx, portalId))
  return hand?.portal.tableWords ?? null
}
