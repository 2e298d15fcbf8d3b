import { z } from 'zod'
import type { Db } from '#db/client.ts'
import type { Person } from '#lib/domain/actor.ts'
import { refuse } from '#lib/domain/refusal.ts'
import type { Dispatched } from './dispatch.ts'
import { previewFacts, snapshotFacts } from './facts.ts'
import { send, ticketCall } from './send.ts'

export const chooseSnapshotInput = ticketCall.extend({ snapshotId: z.uuid(), previewId: z.uuid() })
export type ChooseSnapshotInput = z.input<typeof chooseSnapshotInput>

/** Another restore point on the same ticket, before or after a restore (S25, S58). All agreement is void; the owner is asked anew. */
export function chooseSnapshot(db: Db, actor: Person, input: ChooseSnapshotInput): Promise<Dispatched> {
  return send(db, actor, chooseSnapshotInput, input, ({ snapshotId, previewId }) => ({
    type: 'CHOOSE_SNAPSHOT',
    request: { snapshotId, previewId },
    compose: async (tx, { ticket, life }) => {
      const snapshot = await snapshotFacts(tx, ticket.portalId, snapshotId)
      const preview = await previewFacts(tx, ticket.portalId, previewId)
      const version = life.context.policy.version
      if (snapshot === null || preview === null) return { refusal: refuse('not_found') }
      if (snapshot.completedAt === null) return { refusal: refuse('snapshot_not_ready', { snapshotId }, 'R2', version) }
      if (preview.digest === null) return { refusal: refuse('preview_not_ready', { state: preview.state }, 'R6', version) }
      return {
        type: 'CHOOSE_SNAPSHOT',
        snapshot: { id: snapshotId, completedAt: snapshot.completedAt },
        previewId,
        digest: preview.digest,
      }
    },
  }))
}
