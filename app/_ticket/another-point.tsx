import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { z } from 'zod'
import { ActionForm } from '#app/_ui/action-form.tsx'
import { ButtonLink } from '#app/_ui/button.tsx'
import { Callout } from '#app/_ui/callout.tsx'
import { Card } from '#app/_ui/card.tsx'
import { EventButton } from '#app/_ui/event-button.tsx'
import { absoluteTime } from '#app/_ui/format/time.ts'
import { differsInNothing } from '#app/_ui/loss-preview.tsx'
import { type RestorePoint, usablePoint } from '#app/_ui/restore-points.ts'
import type { SignedIn } from '#lib/identity/session.ts'
import { deskDb } from '#lib/runtime/desk.ts'
import { listSnapshots } from '#lib/snapshots/list-snapshots.ts'
import { type AskedPreview, readAskedPreview } from '#lib/tickets/read-asked-preview.ts'
import { readOfferedMoments } from '#lib/tickets/read-offered-moments.ts'
import type { TicketRead } from '#lib/tickets/read-ticket.ts'
import { AnotherMoment } from './another-moment.tsx'
import { chooseAnotherPoint } from './another-point-actions.ts'
import { AskedLoss } from './asked-loss.tsx'
import { askedMoment, chosenMoment, momentAskedAt } from './asked-moment.ts'
import { ComparePoints } from './compare-points.tsx'
import { TicketPage } from './ticket-page.tsx'

type Props = {
  ticket: TicketRead
  session: SignedIn
  preview: unknown
  /** When a restore point of a moment was asked for, as the address has it. */
  moment: unknown
  home: `/tickets/${number}` | `/desk/tickets/${number}`
}

/**
 * Another restore point for a ticket, or the same one compared again, before a restore and after it (S25, S58): choose, compare, and only then put
 * the ticket on it. For the owner, the requester and the assignee alike.
 */
export async function AnotherPoint({ ticket, session, preview: wanted, moment: askedAt, home }: Props): Promise<ReactNode> {
  const { actor } = session
  const { context } = ticket.life
  const { retentionDays } = context.policy
  const previewId = z.uuid().safeParse(wanted)
  const [t, locale, listed, asked, moments] = await Promise.all([
    getTranslations('anotherPoint'),
    getLocale(),
    listSnapshots(deskDb(), actor, { portalId: ticket.portal.id, retentionDays, labels: ['daily', 'manual'] }),
    previewId.success ? readAskedPreview(deskDb(), actor, previewId.data) : null,
    readOfferedMoments(deskDb(), actor, ticket.portal.id),
  ])
  const preview =
    asked?.portalId === ticket.portal.id && asked.scope === ticket.scope && asked.purpose === 'restore' ? asked : null
  const points = listed?.snapshots ?? []
  const moment = askedMoment(points, momentAskedAt.parse(askedAt), new Date(ticket.now))
  const may = ticket.offers.some(({ event, allowed }) => event === 'CHOOSE_SNAPSHOT' && allowed)
  const current = ticket.snapshot.completedAt
  return (
    <TicketPage
      ticket={ticket}
      title={t('title')}
      back={{ href: home, label: `#${ticket.number} ${ticket.subject}` }}
      facts={
        <>
          <span>{t('intro')}</span>
          {current === null ? null : (
            <span>{t('current', { time: absoluteTime(current, { locale, timeZone: ticket.portal.timeZone }) })}</span>
          )}
        </>
      }
    >
      {context.hold.ended ? (
        <Callout tone="warn" title={t('holdEnded')}>
          {t('holdEndedWhy')}
        </Callout>
      ) : null}
      {may && moments !== null ? (
        <AnotherMoment
          {...{ moments }}
          portalId={ticket.portal.id}
          page={`${home}/restore-point`}
          kept={{}}
          proposed={null}
          asked={moment}
        />
      ) : null}
      {may ? (
        <ActionForm
          action={chooseAnotherPoint}
          label={t('title')}
          className="space-y-6"
          hidden={{
            home,
            number: ticket.number,
            ticketId: ticket.id,
            expectedVersion: ticket.version,
            ...(preview === null ? {} : { previewId: preview.id }),
          }}
          idempotencyKey={crypto.randomUUID()}
        >
          <ComparePoints
            key={chosenMoment(moment)}
            title={t('point')}
            {...{ points, retentionDays }}
            holes={listed?.holes ?? []}
            now={new Date(ticket.now)}
            timeZone={ticket.portal.timeZone}
            chosen={
              preview === null ? (chosenMoment(moment) ?? proposed(ticket, points)) : usablePoint(points, preview.snapshotId)
            }
            compared={preview !== null}
            fields={['snapshotId']}
          />
          {preview === null ? null : (
            <Card title={t('loss')} id="preview">
              <AskedLoss
                preview={preview}
                timeZone={ticket.portal.timeZone}
                readerZone={actor.timeZone}
                masked={actor.deskRoles.length > 0}
              />
            </Card>
          )}
          {preview?.state === 'ready' && !differsInNothing(preview.report) ? <Take ticket={ticket} preview={preview} /> : null}
        </ActionForm>
      ) : (
        <Callout title={t('notNow')} action={<ButtonLink href={home}>{t('toTicket')}</ButtonLink>}>
          {t('notNowWhy')}
        </Callout>
      )}
    </TicketPage>
  )
}

/** What follows from it, and the button. The ticket's own restore point with newer figures is a refreshed preview, any other a choice. */
async function Take({ ticket, preview }: { ticket: TicketRead; preview: AskedPreview }): Promise<ReactNode> {
  const [t, events] = await Promise.all([getTranslations('anotherPoint'), getTranslations('events')])
  const same = preview.snapshotId === ticket.snapshot.id && !ticket.life.context.hold.ended
  const refreshes = same && ticket.offers.some(({ event, allowed }) => event === 'REFRESH_PREVIEW' && allowed)
  const unchanged = refreshes && preview.digest === ticket.preview.digest
  // What was restored already was agreed to; a new round takes nothing of that back.
  const agreed = ticket.life.state !== 'restored' && ticket.consent !== null
  return (
    <Card title={refreshes ? t('takeFigures') : t('takePoint')}>
      <p className="text-soft">{unchanged ? t('unchanged') : agreed ? t('voids') : t('asks')}</p>
      <div className="mt-4">
        {refreshes ? (
          <EventButton event="REFRESH_PREVIEW">{events('REFRESH_PREVIEW')}</EventButton>
        ) : (
          <EventButton event="CHOOSE_SNAPSHOT">{events('CHOOSE_SNAPSHOT')}</EventButton>
        )}
      </div>
    </Card>
  )
}

/** The ticket's own; where that could be held no longer, the next newer one (S25). */
function proposed({ snapshot, life }: TicketRead, points: RestorePoint[]): string | null {
  if (!life.context.hold.ended) return snapshot.id
  const heldUntilNow = snapshot.completedAt?.getTime() ?? 0
  const newer = points.filter(({ state, completedAt }) => state === 'ready' && (completedAt?.getTime() ?? 0) > heldUntilNow)
  return newer.at(-1)?.id ?? null
}
