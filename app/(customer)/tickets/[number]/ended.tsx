import ArrowRight from 'lucide-react/icons/arrow-right'
import History from 'lucide-react/icons/history'
import type { Route } from 'next'
import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { previewTense } from '#app/_ticket/preview-tense.ts'
import { ButtonLink } from '#app/_ui/button.tsx'
import { Callout } from '#app/_ui/callout.tsx'
import { RefusalCard } from '#app/_ui/refusal-card.tsx'
import { sayRefusal } from '#app/_ui/say-refusal.ts'
import type { Person } from '#lib/domain/actor.ts'
import { deskDb } from '#lib/runtime/desk.ts'
import { readNewRestore } from '#lib/tickets/read-new-restore.ts'
import type { TicketRead } from '#lib/tickets/read-ticket.ts'
import { filesMoved } from './files-moved.ts'

type Props = { ticket: TicketRead; reader: Person; timeZone: string }

/** How it ended, why in the words of whoever ended it, and the way to a new restore for whoever may start one. */
export async function Ended({ ticket, reader, timeZone }: Props): Promise<ReactNode> {
  const [t, next] = await Promise.all([
    getTranslations('myTicket.ended'),
    readNewRestore(deskDb(), reader, ticket.portal.externalId),
  ])
  const { state } = ticket.life
  const last = ticket.path.findLast(({ stateAfter, stateBefore }) => stateAfter === state && stateBefore !== state)
  const event = last?.event
  const refusal = event?.type === 'CHECKS_REFUSED' ? await sayRefusal(event.refusal, timeZone) : null
  const reason = event !== undefined && 'reason' in event && typeof event.reason === 'string' ? event.reason : null
  const key = state === 'closed' || state === 'undone' || state === 'cancelled' || state === 'expired' ? state : 'rejected'
  // One that failed and was left at that is closed as well.
  const done = previewTense(ticket) === 'done'
  const notDone = ticket.life.context.failure?.kind === 'unproved' ? 'closed.unproved' : 'closed.asBefore'
  const moved = filesMoved(ticket)
  const open = next !== null && next.refusal === null ? next : null
  return (
    <div className="space-y-4">
      <Callout
        tone={(key === 'closed' && done) || key === 'undone' ? 'good' : 'neutral'}
        title={event?.type === 'DENY_UNANSWERED' ? t('denied') : t(`${key}.title`)}
        action={
          <div className="flex flex-wrap gap-3">
            {open === null ? null : open.live === null ? (
              <ButtonLink
                variant="primary"
                href={`/restore/${encodeURIComponent(open.portal.externalId)}` as Route}
                icon={<History aria-hidden="true" />}
              >
                {t('start')}
              </ButtonLink>
            ) : (
              <ButtonLink
                variant="primary"
                href={`/tickets/${open.live.number}` as Route}
                icon={<ArrowRight aria-hidden="true" />}
              >
                {t('live', { number: String(open.live.number) })}
              </ButtonLink>
            )}
            <ButtonLink href="/">{t('home')}</ButtonLink>
          </div>
        }
      >
        <p>{key === 'closed' ? t(done ? 'closed.kept' : notDone) : t(`${key}.why`)}</p>
        {key !== 'undone' || moved === null ? null : (
          <p className="mt-2" data-files-moved>
            {t('undone.portalFiles', { back: moved.missing, lost: moved.newer, changed: moved.changed })}
          </p>
        )}
        {reason === null ? null : (
          <blockquote className="mt-2 border-l-2 border-control pl-3 whitespace-pre-wrap text-soft">{reason}</blockquote>
        )}
        {open === null ? null : (
          <p className="mt-2">{open.live === null ? t('startWhy') : t('liveWhy', { number: String(open.live.number) })}</p>
        )}
      </Callout>
      {refusal === null ? null : <RefusalCard refusal={refusal} />}
    </div>
  )
}
