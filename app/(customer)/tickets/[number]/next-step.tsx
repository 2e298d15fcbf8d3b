import ArrowRight from 'lucide-react/icons/arrow-right'
import type { Route } from 'next'
import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { ButtonLink } from '#app/_ui/button.tsx'
import { Callout } from '#app/_ui/callout.tsx'
import { Card } from '#app/_ui/card.tsx'
import { absoluteTime } from '#app/_ui/format/time.ts'
import { isEnd } from '#lib/domain/machine-context.ts'
import { dueOf } from '#lib/domain/timers.ts'
import type { SignedIn } from '#lib/identity/session.ts'
import type { TicketRead } from '#lib/tickets/read-ticket.ts'
import { Ended } from './ended.tsx'
import { Failed } from './failed.tsx'
import { Restored } from './restored.tsx'
import { Running } from './running.tsx'

/** The one thing to do or to know now, by state. */
export async function NextStep({ ticket, session }: { ticket: TicketRead; session: SignedIn }): Promise<ReactNode> {
  const [t, locale] = await Promise.all([getTranslations('myTicket.step'), getLocale()])
  const { state, context } = ticket.life
  const { timeZone } = ticket.portal
  const isOwner = ticket.parties.has('owner')
  if (isEnd(state)) return <Ended ticket={ticket} reader={session.actor} timeZone={timeZone} />
  // The page says above that it is frozen; there is no next step until the desk has looked into it (S7).
  if (context.frozen !== null && context.run === null) return null
  switch (state) {
    case 'verifyingOwner':
      if (context.hold.ended)
        return (
          <Callout
            tone="warn"
            title={t('holdEnded')}
            action={<ButtonLink href={`/tickets/${ticket.number}/restore-point` as Route}>{t('holdEndedOpen')}</ButtonLink>}
          >
            {t('holdEndedWhy')}
          </Callout>
        )
      return isOwner ? (
        <Card title={t('consent', { scope: ticket.scope })}>
          <p className="text-soft">{t('consentWhy', { scope: ticket.scope })}</p>
          <div className="mt-4">
            <ButtonLink
              variant="primary"
              href={`/tickets/${ticket.number}/consent` as Route}
              icon={<ArrowRight aria-hidden="true" />}
            >
              {t('consentOpen')}
            </ButtonLink>
          </div>
        </Card>
      ) : (
        <Callout title={t('waitOwner', { owner: ticket.owner?.name ?? '–' })}>{t('waitOwnerWhy')}</Callout>
      )
    case 'awaitingUpgrade':
      return (
        <Card title={t('upgrade')}>
          <p className="text-soft">{t('upgradeWhy')}</p>
          <div className="mt-4">
            <ButtonLink
              variant="primary"
              href={`/tickets/${ticket.number}/upgrade` as Route}
              icon={<ArrowRight aria-hidden="true" />}
            >
              {t('upgradeOpen')}
            </ButtonLink>
          </div>
        </Card>
      )
    case 'scheduled': {
      const due = dueOf('windowOpens', context)
      return (
        <Callout
          tone="accent"
          title={
            due === null
              ? t('scheduled', { scope: ticket.scope })
              : t('scheduledAt', { scope: ticket.scope, time: absoluteTime(new Date(due), { locale, timeZone }) })
          }
        >
          {t('scheduledWhy', { scope: ticket.scope })}
        </Callout>
      )
    }
    case 'restoring':
    case 'undoing':
      return <Running ticket={ticket} />
    case 'restored':
      return <Restored ticket={ticket} timeZone={timeZone} />
    case 'restoreFailed':
      return <Failed ticket={ticket} timeZone={timeZone} />
    case 'submitted':
    case 'checkingPlan':
    case 'awaitingApproval':
      return <Callout title={t(state)}>{t(`${state}Why`)}</Callout>
    default:
      return null
  }
}
