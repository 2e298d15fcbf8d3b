import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { SecondStep, StepMissing } from '#app/_ticket/second-step.tsx'
import { TicketForm } from '#app/_ticket/ticket-form.tsx'
import { Card } from '#app/_ui/card.tsx'
import { EventButton } from '#app/_ui/event-button.tsx'
import { Textarea } from '#app/_ui/field.tsx'
import { RefusalCard } from '#app/_ui/refusal-card.tsx'
import { sayRefusal } from '#app/_ui/say-refusal.ts'
import type { Offer } from '#lib/domain/may-now.ts'
import { approvalsCounted, approvalsNeeded } from '#lib/domain/policy/r9-four-eyes.ts'
import type { SignedIn } from '#lib/identity/session.ts'
import type { TicketRead } from '#lib/tickets/read-ticket.ts'

/** An approver's yes or no, to exactly this preview (S82), after a fresh second step (R13). */
export async function Decision({ ticket, session }: { ticket: TicketRead; session: SignedIn }): Promise<ReactNode> {
  const [t, events] = await Promise.all([getTranslations('approvals'), getTranslations('events')])
  const find = (event: Offer['event']) => ticket.offers.find((offer) => offer.event === event)
  const approve = find('APPROVE_RESTORE')
  const reject = find('REJECT_RESTORE')
  if (approve === undefined && reject === undefined)
    return (
      <Card title={t('decision')} dense>
        <p className="text-soft">{t('nothingToDecide')}</p>
      </Card>
    )
  const { context } = ticket.life
  const needed = approvalsNeeded(context, context.policy)
  const open = [approve, reject].filter((offer) => offer?.allowed === true)
  const stepUp = open.some((offer) => offer?.allowed && offer.stepUp === 'needed') ? 'needed' : 'fresh'
  const hidden = { digest: ticket.preview.digest ?? '' }
  const missing = stepUp === 'needed' ? { describedBy: 'step-missing' } : {}
  return (
    <Card
      title={t('decision')}
      aside={t('votes', { given: approvalsCounted(context.votes, context.preview.digest), needed })}
      dense
    >
      <div className="space-y-4">
        {open.length === 0 ? null : (
          <SecondStep
            session={session}
            fresh={stepUp === 'fresh'}
            mailCodeEnough={context.policy.mailCodeEnoughFor.includes(ticket.scope)}
            newApp={t('newApp', { hours: context.policy.newFactorCoolOffHours })}
            dense
          />
        )}
        {open.length > 0 && stepUp === 'needed' ? <StepMissing id="step-missing" session={session} /> : null}
        {approve === undefined ? null : approve.allowed ? (
          <TicketForm ticket={ticket} hidden={hidden} label={events('APPROVE_RESTORE')}>
            <EventButton event="APPROVE_RESTORE" size="dense" wide disabled={approve.stepUp === 'needed'} {...missing}>
              {events('APPROVE_RESTORE')}
            </EventButton>
          </TicketForm>
        ) : (
          <RefusalCard refusal={await sayRefusal(approve.refusal, session.actor.timeZone)} />
        )}
        {reject?.allowed ? (
          <TicketForm ticket={ticket} hidden={hidden} className="space-y-2" label={events('REJECT_RESTORE')}>
            <Textarea name="reason" label={t('reason')} hint={t('reasonHint')} dense rows={3} required maxLength={10000} />
            <EventButton
              event="REJECT_RESTORE"
              variant="quiet"
              size="dense"
              wide
              disabled={reject.stepUp === 'needed'}
              {...missing}
            >
              {events('REJECT_RESTORE')}
            </EventButton>
          </TicketForm>
        ) : null}
      </div>
    </Card>
  )
}
