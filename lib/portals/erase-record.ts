import { and, asc, eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db } from '#db/client.ts'
import { erasures } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import type { SystemActor } from '#lib/domain/actor.ts'
import { type Answer, no, refuse } from '#lib/domain/refusal.ts'
import { readErasable, standsInLive } from '#lib/snapshots/check-erasure.ts'
import { isBeingRestored } from '#lib/snapshots/lease.ts'
import { portalAtHand } from '#lib/snapshots/portal-at-hand.ts'

const name = z.string().min(1)

export const eraseRecordInput = z.object({
  portalId: z.uuid(),
  table: z.object({ schema: name, name }),
  key: z.record(name, z.string()),
  reason: z.string().trim().min(1).max(500),
})

export type ErasedRecord = {
  schema: string
  table: string
  key: Record<string, string>
  reason: string
  recordedBy: string
  recordedAt: Date
}

/** `present`: the portal still holds the record in some state, which every restore will leave as it is; `known`: it stood on the list before. */
export type Recorded = ErasedRecord & { present: boolean; known: boolean }

/**
 * Writes down that a record was erased, so that no restore brings it back (S66). Erases nothing: the vendor's own program has deleted or overwritten it in the
 * portal. Refused where no record could be known by that key, and while a restore or an undo is at work, which could not know of it any more.
 */
export async function eraseRecord(
  db: Db,
  actor: SystemActor,
  { portalId, table, key, reason }: z.infer<typeof eraseRecordInput>,
): Promise<Answer<{ record: Recorded }>> {
  const hand = await scoped(db, 'system', (tx) => portalAtHand(tx, portalId))
  if (!hand) return no(refuse('invalid_input', { field: 'portal', problem: 'nothing of it is held here' }))
  const erasable = await readErasable(hand.ref, table, key)
  if ('problem' in erasable) return no(refuse('invalid_input', erasable))
  const written = await scoped(db, 'system', async (tx) => {
    // A run reads the list once it holds the lease: it either knows of the record, or is waited for.
    if (await isBeingRestored(tx, portalId)) return null
    const recordedBy = actor.name ?? actor.part
    const [fresh] = await tx
      .insert(erasures)
      .values({ portalId, schemaName: table.schema, tableName: table.name, key: erasable.key, reason, recordedBy })
      .onConflictDoNothing()
      .returning()
    const [row] = fresh
      ? [fresh]
      : await tx
          .select()
          .from(erasures)
          .where(isRecord(portalId, table, erasable.key))
    if (!row) throw new Error('an erasure was neither written nor there')
    return { row, known: fresh === undefined }
  })
  if (written === null)
    return no(
      refuse('invalid_input', {
        field: 'portal',
        problem: 'a restore of it is at work and does not know of this record; record it again when that is over',
      }),
    )
  const present = await standsInLive(hand.ref, table, erasable.key)
  return { ok: true, record: { ...toRecord(written.row), present, known: written.known } }
}

/** All of a portal's, in the order in which they were recorded. */
export async function listErasures(db: Db, _actor: SystemActor, portalId: string): Promise<ErasedRecord[]> {
  const found = await scoped(db, 'system', (tx) =>
    tx.select().from(erasures).where(eq(erasures.portalId, portalId)).orderBy(asc(erasures.createdAt), asc(erasures.id)),
  )
  return found.map(toRecord)
}

function isRecord(portalId: string, { schema, name: table }: { schema: string; name: string }, key: Record<string, string>) {
  const same = sql`${erasures.key} = ${JSON.stringify(key)}::jsonb`
  return and(eq(erasures.portalId, portalId), eq(erasures.schemaName, schema), eq(erasures.tableName, table), same)
}

function toRecord(row: typeof erasures.$inferSelect): ErasedRecord {
  const { schemaName: schema, tableName: table, key, reason, recordedBy, createdAt: recordedAt } = row
  return { schema, table, key, reason, recordedBy, recordedAt }
}
