import ArrowRight from 'lucide-react/icons/arrow-right'
import type { Route } from 'next'
import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { SecondStep, StepMissing } from '#app/_ticket/second-step.tsx'
import { TicketForm } from '#app/_ticket/ticket-form.tsx'
import { ButtonLink, type ButtonVariant } from '#app/_ui/button.tsx'
import { Card } from '#app/_ui/card.tsx'
import { EventButton } from '#app/_ui/event-button.tsx'
import { Field, NativeSelect, Textarea } from '#app/_ui/field.tsx'
import { filesInShort } from '#app/_ui/files-in-short.ts'
import { lossFigures } from '#app/_ui/format/loss-figures.ts'
import { sayRefusal } from '#app/_ui/say-refusal.ts'
import { isButtonEvent } from '#app/_ui/words/button-event.ts'
import type { EventType } from '#lib/domain/events.ts'
import { isEnd } from '#lib/domain/machine-context.ts'
import type { Offer } from '#lib/domain/may-now.ts'
import type { SignedIn } from '#lib/identity/session.ts'
import type { TicketRead } from '#lib/tickets/read-ticket.ts'

/** Events with a place of their own on the page, that share a button, or that only a customer's pages send. */
const elsewhere: readonly EventType[] = [
  'REPLY',
  'ADD_NOTE',
  'CANCEL_RUN',
  'REFRESH_PREVIEW',
  'JOIN_TICKET',
  'RELEASE_PAUSED',
  'LEAVE_PAUSED',
]
const withReason: readonly EventType[] = ['REJECT_TICKET', 'EXTEND_HOLD', 'RESOLVE_COMPLAINT', 'LIFT_FREEZE', 'CLOSE_TICKET']
const looks: Partial<Record<EventType, ButtonVariant>> = {
  REJECT_TICKET: 'danger',
  CLAIM_TICKET: 'primary',
  RETRY_RESTORE: 'primary',
}

type Props = { ticket: TicketRead; session: SignedIn; agents: { id: string; name: string }[] }

/** What I may send now, from the machine; what a rule forbids is there too, greyed, with its reason. */
export async function Offers(props: Props): Promise<ReactNode> {
  const t = await getTranslations('deskTicket')
  const offers = props.ticket.offers
    .filter(({ event }) => !elsewhere.includes(event))
    .sort((one, other) => Number(other.event === 'RETRY_RESTORE') - Number(one.event === 'RETRY_RESTORE'))
  return (
    <Card title={t('mayDo')} dense>
      {offers.length === 0 ? (
        <p className="text-soft">{t(isEnd(props.ticket.life.state) ? 'mayDoEnded' : 'mayDoNothing')}</p>
      ) : (
        <ul className="space-y-3">
          {offers.map((offer) => (
            <li key={offer.event} data-offer={offer.event} data-allowed={offer.allowed}>
              {offer.allowed ? (
                <Allowed {...props} offer={offer} />
              ) : (
                <Blocked offer={offer} timeZone={props.session.actor.timeZone} />
              )}
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}

type AllowedOffer = Extract<Offer, { allowed: true }>

async function Allowed({ offer, ticket, session, agents }: Props & { offer: AllowedOffer }): Promise<ReactNode> {
  const [t, events] = await Promise.all([getTranslations('deskTicket'), getTranslations('events')])
  const { event, stepUp } = offer
  const words = isButtonEvent(event) ? events(event) : event
  const waits = stepUp === 'needed'
  const button = (
    <>
      <EventButton
        event={event}
        variant={looks[event] ?? 'quiet'}
        size="dense"
        disabled={waits}
        {...(waits ? { describedBy: `${event}-missing` } : {})}
      >
        {words}
      </EventButton>
      {waits ? <StepMissing id={`${event}-missing`} session={session} /> : null}
    </>
  )
  if (event === 'APPROVE_RESTORE' || event === 'REJECT_RESTORE')
    return (
      <ButtonLink size="dense" href={`/desk/approvals/${ticket.number}` as Route} icon={<ArrowRight aria-hidden="true" />}>
        {words}
      </ButtonLink>
    )
  if (event === 'RETRY_RESTORE')
    return (
      <TicketForm ticket={ticket} className="flex flex-wrap items-center gap-x-3 gap-y-1" label={words}>
        {button}
        <Price ticket={ticket} />
      </TicketForm>
    )
  if (event === 'CHOOSE_SNAPSHOT')
    return (
      <ButtonLink
        size="dense"
        href={`/desk/tickets/${ticket.number}/restore-point` as Route}
        icon={<ArrowRight aria-hidden="true" />}
      >
        {words}
      </ButtonLink>
    )
  if (event === 'ASSIGN_TICKET')
    return (
      <TicketForm ticket={ticket} className="flex flex-wrap items-end gap-2" label={words}>
        <NativeSelect name="assigneeId" label={t('assignTo')} dense defaultValue={ticket.assignee?.id ?? ''} required>
          <option value="" disabled>
            {t('chooseAgent')}
          </option>
          {agents.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </NativeSelect>
        {button}
      </TicketForm>
    )
  if (event === 'RECORD_PROOF')
    return (
      <Folded words={words}>
        <TicketForm ticket={ticket} className="space-y-2" label={words}>
          <Field name="kind" label={t('proofKind')} hint={t('proofKindHint')} dense required maxLength={100} />
          <Textarea name="evidence" label={t('evidence')} hint={t('evidenceHint')} dense rows={3} required maxLength={10000} />
          {button}
        </TicketForm>
      </Folded>
    )
  if (event === 'CONFIRM_PROOF')
    return (
      <TicketForm ticket={ticket} hidden={{ proofId: ticket.life.context.proof?.proofId ?? '' }}>
        {button}
      </TicketForm>
    )
  if (!withReason.includes(event)) return <TicketForm ticket={ticket}>{button}</TicketForm>
  return (
    <Folded words={words}>
      {stepUp === 'none' ? null : <SecondStep session={session} fresh={stepUp === 'fresh'} mailCodeEnough dense />}
      <TicketForm ticket={ticket} className="space-y-2" label={words}>
        <Textarea
          name="reason"
          label={t('reason')}
          hint={t(event === 'REJECT_TICKET' ? 'reasonForCustomer' : 'reasonForRecord')}
          dense
          rows={3}
          required={event !== 'CLOSE_TICKET'}
          maxLength={10000}
        />
        {button}
      </TicketForm>
    </Folded>
  )
}

/** What the restore brings back and wipes, beside the button that sets it going. */
async function Price({ ticket }: { ticket: TicketRead }): Promise<ReactNode> {
  const [t, locale] = await Promise.all([getTranslations('deskTicket.facts'), getLocale()])
  const { report } = ticket.preview
  if (report === null) return null
  const words = [t('lossNumbers', lossFigures(report, locale)), await filesInShort(report)].filter((part) => part !== null)
  return <p className="figures text-dense text-soft">{words.join('; ')}</p>
}

function Folded({ words, children }: { words: string; children: ReactNode }): ReactNode {
  return (
    <details>
      <summary className="flex min-h-8 w-fit items-center rounded-md border border-control px-2.5 text-dense font-medium hover:bg-hover">
        {words}
      </summary>
      <div className="mt-2 space-y-2 border-l-2 border-line pl-3">{children}</div>
    </details>
  )
}

async function Blocked({ offer, timeZone }: { offer: Extract<Offer, { allowed: false }>; timeZone: string }): Promise<ReactNode> {
  const events = await getTranslations('events')
  const said = await sayRefusal(offer.refusal, timeZone)
  return (
    <div className="space-y-0.5">
      <p className="text-faint">{isButtonEvent(offer.event) ? events(offer.event) : offer.event}</p>
      <p className="text-xs text-soft">
        {said.why} {said.help}
      </p>
    </div>
  )
}
