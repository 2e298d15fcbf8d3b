import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { ButtonLink } from '#app/_ui/button.tsx'
import { Callout } from '#app/_ui/callout.tsx'
import { RefusalCard } from '#app/_ui/refusal-card.tsx'
import { sayRefusal } from '#app/_ui/say-refusal.ts'
import type { TicketRead } from '#lib/tickets/read-ticket.ts'

/** How it ended, why in the words of whoever ended it, and what still helps. */
export async function Ended({ ticket, timeZone }: { ticket: TicketRead; timeZone: string }): Promise<ReactNode> {
  const t = await getTranslations('myTicket.ended')
  const { state } = ticket.life
  const last = ticket.path.findLast(({ stateAfter, stateBefore }) => stateAfter === state && stateBefore !== state)
  const event = last?.event
  const refusal = event?.type === 'CHECKS_REFUSED' ? await sayRefusal(event.refusal, timeZone) : null
  const reason = event !== undefined && 'reason' in event && typeof event.reason === 'string' ? event.reason : null
  const key = state === 'closed' || state === 'undone' || state === 'cancelled' || state === 'expired' ? state : 'rejected'
  return (
    <div className="space-y-4">
      <Callout
        tone={key === 'closed' || key === 'undone' ? 'good' : 'neutral'}
        title={event?.type === 'DENY_UNANSWERED' ? t('denied') : t(`${key}.title`)}
        action={<ButtonLink href="/">{t('home')}</ButtonLink>}
      >
        <p>{t(`${key}.why`)}</p>
        {reason === null ? null : (
          <blockquote className="mt-2 border-l-2 border-control pl-3 whitespace-pre-wrap text-soft">{reason}</blockquote>
        )}
      </Callout>
      {refusal === null ? null : <RefusalCard refusal={refusal} />}
    </div>
  )
}
