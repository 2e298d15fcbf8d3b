import Undo2 from 'lucide-react/icons/undo-2'
import type { Metadata, Route } from 'next'
import { notFound } from 'next/navigation'
import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { z } from 'zod'
import { AskedLoss } from '#app/_ticket/asked-loss.tsx'
import { SecondStep, StepMissing } from '#app/_ticket/second-step.tsx'
import { TicketPage } from '#app/_ticket/ticket-page.tsx'
import { ActionForm } from '#app/_ui/action-form.tsx'
import { ButtonLink } from '#app/_ui/button.tsx'
import { Callout } from '#app/_ui/callout.tsx'
import { Card } from '#app/_ui/card.tsx'
import { ClockStrip } from '#app/_ui/clock-strip.tsx'
import { EventButton } from '#app/_ui/event-button.tsx'
import { deskDb } from '#lib/runtime/desk.ts'
import { readAskedPreview } from '#lib/tickets/read-asked-preview.ts'
import { consentWords } from '../consent-text.ts'
import { readMyTicket } from '../read-my-ticket.ts'
import { RefusedOwner } from '../refused-owner.tsx'
import { SignatureFields } from '../signature-fields.tsx'
import { askUndoPreview, requestUndoAction } from './actions.ts'

type Props = { params: Promise<{ number: string }>; searchParams: Promise<Record<string, string | string[] | undefined>> }

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const t = await getTranslations('undo')
  return { title: `${t('title', { scope: 'other' })} #${(await params).number}` }
}

/** The way back has a price of its own, what was typed since the restore, and therefore a preview and a consent of its own (S57). */
export default async function UndoPage({ params, searchParams }: Props): Promise<ReactNode> {
  const [{ ticket, session }, search, t, consent, events, locale] = await Promise.all([
    params.then(({ number }) => readMyTicket(number)),
    searchParams,
    getTranslations('undo'),
    getTranslations('consent'),
    getTranslations('events'),
    getLocale(),
  ])
  const { undo, policy, proof } = ticket.life.context
  if (undo === null) notFound()
  const wanted = z.uuid().safeParse(search.preview)
  const asked = wanted.success ? await readAskedPreview(deskDb(), session.actor, wanted.data) : null
  const preview = asked?.purpose === 'undo' && asked.snapshotId === undo.safetySnapshotId ? asked : null
  const offer = ticket.offers.find(({ event }) => event === 'REQUEST_UNDO')
  const words =
    preview?.state === 'ready'
      ? await consentWords({
          report: preview.report,
          locale,
          timeZone: ticket.portal.timeZone,
          portalName: ticket.portal.name,
          scope: ticket.scope,
          purpose: 'undo',
        })
      : null
  const ready = offer?.allowed === true && offer.stepUp !== 'needed'
  return (
    <TicketPage
      ticket={ticket}
      title={t('title', { scope: ticket.scope })}
      back={{ href: `/tickets/${ticket.number}` as Route, label: `#${ticket.number} ${ticket.subject}` }}
    >
      {words ? (
        <p className="text-xl/8 font-medium text-pretty">{words.sentence}</p>
      ) : (
        <p className="text-soft">{t('intro', { scope: ticket.scope })}</p>
      )}
      <ClockStrip timers={ticket.timers} now={new Date(ticket.now)} timeZone={ticket.portal.timeZone} />
      {offer === undefined ? (
        <Callout
          title={t('notYou')}
          action={<ButtonLink href={`/tickets/${ticket.number}` as Route}>{t('toTicket')}</ButtonLink>}
        >
          {t('notYouWhy')}
        </Callout>
      ) : null}
      {offer?.allowed === false ? (
        <RefusedOwner ticket={ticket} refusal={offer.refusal} timer="undoEnd" timeZone={ticket.portal.timeZone} />
      ) : null}
      {offer?.allowed ? (
        <Card title={t('loss', { scope: ticket.scope })} id="preview">
          {preview === null ? (
            <ActionForm action={askUndoPreview} label={t('compare')} hidden={{ number: ticket.number }}>
              <EventButton event="COMPARE">{t('compare')}</EventButton>
              <p className="mt-2 text-sm text-soft">{t('compareNote')}</p>
            </ActionForm>
          ) : (
            <AskedLoss preview={preview} timeZone={ticket.portal.timeZone} readerZone={session.actor.timeZone} />
          )}
        </Card>
      ) : null}
      {offer?.allowed && words && preview ? (
        <>
          <Card title={t('who')}>
            <SecondStep
              session={session}
              fresh={ready}
              mailCodeEnough={policy.mailCodeEnoughFor.includes(ticket.scope)}
              byDesk={proof !== null && proof.confirmedBy !== null}
              newApp={consent('newApp', { hours: policy.newFactorCoolOffHours })}
            />
          </Card>
          <ActionForm
            action={requestUndoAction}
            label={events('REQUEST_UNDO')}
            hidden={{
              number: ticket.number,
              ticketId: ticket.id,
              expectedVersion: ticket.version,
              locale,
              previewId: preview.id,
              digest: preview.digest ?? '',
            }}
            idempotencyKey={crypto.randomUUID()}
          >
            <Card title={t('sign')}>
              <SignatureFields words={words} portalName={ticket.portal.name} />
              <div className="mt-5 flex flex-wrap items-center gap-x-4 gap-y-2">
                <EventButton
                  event="REQUEST_UNDO"
                  variant="danger"
                  disabled={!ready}
                  icon={<Undo2 aria-hidden="true" />}
                  {...(ready ? {} : { describedBy: 'sign-note' })}
                >
                  {events('REQUEST_UNDO')}
                </EventButton>
                {ready ? null : <StepMissing id="sign-note" session={session} />}
              </div>
            </Card>
          </ActionForm>
        </>
      ) : null}
    </TicketPage>
  )
}
