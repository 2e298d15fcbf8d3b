import { z } from 'zod'
import type { Db } from '#db/client.ts'
import type { Actor } from '#lib/domain/actor.ts'
import { refuse } from '#lib/domain/refusal.ts'
import type { Dispatched } from './dispatch.ts'
import { previewFacts } from './facts.ts'
import { send, ticketCall } from './send.ts'

export const refreshPreviewInput = ticketCall.extend({ previewId: z.uuid() })
export type RefreshPreviewInput = z.input<typeof refreshPreviewInput>

/** Puts the ticket on a newer preview of the same restore. If its digest differs, consent and votes die (I9). */
export function refreshPreview(db: Db, actor: Actor, input: RefreshPreviewInput): Promise<Dispatched> {
  return send(db, actor, refreshPreviewInput, input, ({ previewId }) => ({
    type: 'REFRESH_PREVIEW',
    request: { previewId },
    compose: async (tx, { ticket, life }) => {
      const preview = await previewFacts(tx, ticket.portalId, previewId)
      if (preview === null) return { refusal: refuse('not_found') }
      if (preview.digest === null)
        return { refusal: refuse('preview_not_ready', { state: preview.state }, 'R6', life.context.policy.version) }
      return { type: 'REFRESH_PREVIEW', previewId, digest: preview.digest }
    },
  }))
}
