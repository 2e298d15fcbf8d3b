import Signature from 'lucide-react/icons/signature'
import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { ActionForm } from '#app/_ui/action-form.tsx'
import { Card } from '#app/_ui/card.tsx'
import { EventButton } from '#app/_ui/event-button.tsx'
import type { Locale } from '#lib/domain/actor.ts'
import type { TicketRead } from '#lib/tickets/read-ticket.ts'
import type { ConsentWords } from '../consent-text.ts'
import { SignatureFields } from '../signature-fields.tsx'
import { giveConsentAction } from './actions.ts'
import { WindowFields } from './window-fields.tsx'

type Props = { ticket: TicketRead; words: ConsentWords; ready: boolean; locale: Locale }

/** When, a tick a danger, the portal's name typed, and the signature; the button waits for the second step above. */
export async function ConsentForm({ ticket, words, ready, locale }: Props): Promise<ReactNode> {
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
      <Card title={t('when')}>
        <WindowFields timeZone={ticket.portal.timeZone} now={new Date(ticket.now)} />
      </Card>
      <Card title={t('sign')}>
        <SignatureFields words={words} portalName={ticket.portal.name} />
        <div className="mt-5 flex flex-wrap items-center gap-x-4 gap-y-2">
          <EventButton event="GIVE_CONSENT" disabled={!ready} icon={<Signature aria-hidden="true" />} describedBy="sign-note">
            {events('GIVE_CONSENT')}
          </EventButton>
          <p id="sign-note" className="text-sm text-soft">
            {ready ? t('signNote') : t('stepFirst')}
          </p>
        </div>
      </Card>
    </ActionForm>
  )
}
