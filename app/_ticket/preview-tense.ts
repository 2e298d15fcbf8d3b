import type { PreviewTense } from '#app/_ui/preview-heads.ts'
import { isEnd } from '#lib/domain/machine-context.ts'
import type { TicketRead } from '#lib/tickets/read-ticket.ts'

/** A ticket that went through a restore speaks of what was done; one that ended without it, of what would have been. */
export function previewTense({ life, path }: Pick<TicketRead, 'life' | 'path'>): PreviewTense {
  if (path.some(({ stateAfter, refusal }) => stateAfter === 'restored' && refusal === null)) return 'done'
  return isEnd(life.state) ? 'never' : 'asked'
}
