import MessageSquare from 'lucide-react/icons/message-square'
import type { Route } from 'next'
import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { z } from 'zod'
import { ButtonLink } from '#app/_ui/button.tsx'
import { Callout } from '#app/_ui/callout.tsx'
import { absoluteTime } from '#app/_ui/format/time.ts'
import { RefusalCard } from '#app/_ui/refusal-card.tsx'
import { sayRefusal } from '#app/_ui/say-refusal.ts'
import { isBefore } from '#lib/domain/instants.ts'
import type { Refusal } from '#lib/domain/refusal.ts'
import type { TicketRead } from '#lib/tickets/read-ticket.ts'

const factsOf = z.object({ enrolledAt: z.string(), until: z.string() }).nullable().catch(null)

type Props = { ticket: TicketRead; refusal: Refusal; timer: 'ownerExpiry' | 'undoEnd'; timeZone: string }

/** Why the owner cannot sign now. A new authenticator has a way of its own out of it, which is open at once (S7). */
export async function RefusedOwner({ ticket, refusal, timer, timeZone }: Props): Promise<ReactNode> {
  if (refusal.code !== 'factor_too_new') return <RefusalCard refusal={await sayRefusal(refusal, timeZone)} />
  const [t, locale] = await Promise.all([getTranslations('newFactor'), getLocale()])
  const when = (at: string) => absoluteTime(new Date(at), { locale, timeZone })
  const { proof, policy } = ticket.life.context
  const facts = factsOf.parse(refusal.facts)
  const due = ticket.timers.find((running) => running.timer === timer)?.due ?? null
  return (
    <Callout
      tone="warn"
      title={facts === null ? t('unknown') : t('from', { when: when(facts.until) })}
      action={
        <ButtonLink href={`/tickets/${ticket.number}#talk` as Route} icon={<MessageSquare aria-hidden="true" />}>
          {t('write')}
        </ButtonLink>
      }
    >
      <div className="max-w-prose space-y-3" data-new-factor="">
        <p>
          {facts === null ? null : `${t('since', { since: when(facts.enrolledAt) })} `}
          {t('why', { hours: policy.newFactorCoolOffHours })}
        </p>
        <div className="space-y-1">
          <h2 className="font-medium">{t('now')}</h2>
          <ul className="list-disc space-y-1 pl-5">
            <li>{proof === null ? t('desk') : t('half')}</li>
            {facts === null || due === null ? null : <li>{t(waiting(facts.until, due, timer), { due: when(due) })}</li>}
          </ul>
        </div>
      </div>
    </Callout>
  )
}

/** The request may well end before a new app counts: then waiting is no way at all. */
function waiting(until: string, due: string, timer: Props['timer']) {
  const inTime = isBefore(until, due)
  if (timer === 'undoEnd') return inTime ? 'undoWait' : 'undoTooLate'
  return inTime ? 'wait' : 'tooLate'
}
