import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { Callout } from '#app/_ui/callout.tsx'
import { sayRefusal } from '#app/_ui/say-refusal.ts'
import type { TicketRead } from '#lib/tickets/read-ticket.ts'

/** Why the owner is asked once more: what moved between their yes and the moment it was to be done (R11). Silent everywhere else. */
export async function AskedAgain({ ticket, timeZone }: { ticket: TicketRead; timeZone: string }): Promise<ReactNode> {
  if (ticket.life.state !== 'verifyingOwner') return null
  const last = ticket.path.findLast(
    ({ stateAfter, stateBefore, refusal }) => refusal === null && stateAfter === 'verifyingOwner' && stateBefore !== null,
  )
  if (last?.event.type !== 'CONSENT_STALE') return null
  const t = await getTranslations('myTicket.askedAgain')
  const { because } = last.event
  const said = because === undefined ? null : await sayRefusal(because, timeZone)
  return (
    <Callout tone="warn" title={t('title')}>
      <p>{said?.why ?? t('why')}</p>
      <p className="mt-1 text-soft">{t('unchanged')}</p>
    </Callout>
  )
}
