import Signature from 'lucide-react/icons/signature'
import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { StepMissing } from '#app/_ticket/second-step.tsx'
import { ActionForm } from '#app/_ui/action-form.tsx'
import { Card } from '#app/_ui/card.tsx'
import { EventButton } from '#app/_ui/event-button.tsx'
import type { Locale } from '#lib/domain/actor.ts'
import { isWhole } from '#lib/domain/policy/policy.ts'
import type { SignedIn } from '#lib/identity/session.ts'
import type { TicketRead } from '#lib/tickets/read-ticket.ts'
import type { ConsentWords } from '../consent-text.ts'
import { SignatureFields } from '../signature-fields.tsx'
import { giveConsentAction } from './actions.ts'
import { DeclineLink } from './decline-link.tsx'
import { WindowFields } from './window-fields.tsx'

type Props = { ticket: TicketRead; session: SignedIn; words: ConsentWords; ready: boolean; locale: Locale }

/** When, a tick a danger, the portal's name typed, and the signature; the button waits for the second step above. */
export async function ConsentForm({ ticket, session, words, ready, locale }: Props): Promise<ReactNode> {
  const [t, events] = await Promise.all([getTranslations('consent'), getTranslations('events')])
  return (
    <ActionForm
      action={giveConsentAction}
      label={events('GIVE_CONSENT')}
      className="space-y-6"
      hidden={{
        number: ticket.number,
        ticketId: ticket.id,
        expectedVersion: ticket.version,
        locale,
        previewId: ticket.preview.id,
        digest: ticket.preview.digest ?? '',
      }}
      idempotencyKey={crypto.randomUUID()}
    >
      {ticket.scope === 'extract' ? null : (
        <Card title={t('when')}>
          <WindowFields timeZone={ticket.portal.timeZone} now={new Date(ticket.now)} told={isWhole(ticket.scope)} />
        </Card>
      )}
      <Card title={t('sign')}>
        <SignatureFields words={words} portalName={ticket.portal.name} />
        <div className="mt-5 flex flex-wrap items-center gap-3 max-sm:[&>a]:w-full max-sm:[&>button]:w-full">
          <EventButton event="GIVE_CONSENT" disabled={!ready} icon={<Signature aria-hidden="true" />} describedBy="sign-note">
            {events('GIVE_CONSENT')}
          </EventButton>
          <DeclineLink ticket={ticket} />
          <div className="basis-full">
            {ready ? (
              <p id="sign-note" className="text-sm text-soft">
                {t(ticket.scope === 'extract' ? 'signNoteFiles' : 'signNote')}
              </p>
            ) : (
              <StepMissing id="sign-note" session={session} />
            )}
          </div>
        </div>
      </Card>
    </ActionForm>
  )
}
