import type { Db } from '#db/client.ts'
import { scoped } from '#db/scope.ts'
import { type Answer, no, refuse } from '#lib/domain/refusal.ts'
import { readErasable } from './check-erasure.ts'
import { portalAtHand } from './portal-at-hand.ts'
import { type SelectedRecords, selectedOf } from './selection.ts'

export type NamedRecord = { schema: string; table: string; key: Readonly<Record<string, string>> }

/** Records that somebody names by hand, as a put-back takes them. Refused by name where the portal has no such table, or the key is not its key. */
export async function namedRecords(
  db: Db,
  portalId: string,
  named: readonly NamedRecord[],
): Promise<Answer<{ records: SelectedRecords[] }>> {
  const hand = await scoped(db, 'system', (tx) => portalAtHand(tx, portalId))
  if (!hand) return no(refuse('invalid_input', { field: 'portal', problem: 'nothing of it is held here' }))
  const found: Parameters<typeof selectedOf>[0][number][] = []
  for (const { schema, table, key } of named) {
    const known = await readErasable(hand.ref, { schema, name: table }, key)
    if ('problem' in known) return no(refuse('invalid_input', { ...known, field: 'record' }))
    found.push({ schema, table, key: { ...known.key }, keyColumns: Object.keys(known.key) })
  }
  return { ok: true, records: selectedOf(found) }
}
