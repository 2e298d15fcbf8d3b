import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { TicketForm } from '#app/_ticket/ticket-form.tsx'
import { wordsSaid } from '#app/_ticket/words-said.ts'
import { Card } from '#app/_ui/card.tsx'
import { Conversation } from '#app/_ui/conversation.tsx'
import { DraftKeeper } from '#app/_ui/draft-keeper.tsx'
import { EventButton } from '#app/_ui/event-button.tsx'
import { Textarea } from '#app/_ui/field.tsx'
import type { Person } from '#lib/domain/actor.ts'
import type { TicketRead } from '#lib/tickets/read-ticket.ts'

/** What was said, and two ways to add to it that cannot be taken for each other: a reply that the customer reads, a note that nobody outside does. */
export async function DeskConversation({ ticket, reader }: { ticket: TicketRead; reader: Person }): Promise<ReactNode> {
  const [t, events, shell] = await Promise.all([
    getTranslations('deskTicket'),
    getTranslations('events'),
    getTranslations('shell'),
  ])
  const may = (event: 'REPLY' | 'ADD_NOTE') => ticket.offers.some((offer) => offer.event === event && offer.allowed)
  return (
    <Card title={t('conversation')} dense>
      <div className="space-y-4">
        <Conversation
          said={wordsSaid(ticket)}
          now={new Date(ticket.now)}
          timeZone={reader.timeZone}
          empty={t('nothingSaid')}
          dense
        />
        <div className="grid gap-3 md:grid-cols-2">
          {may('REPLY') ? (
            <TicketForm ticket={ticket} label={events('REPLY')} className="space-y-2 rounded-lg border border-line p-2.5">
              <Textarea name="body" label={t('reply')} hint={t('replyHint')} dense rows={3} required maxLength={20000} />
              <DraftKeeper id={`reply:${ticket.id}`} owner={reader.userId} fields={['body']} restored={shell('draftRestored')} />
              <EventButton event="REPLY" size="dense">
                {events('REPLY')}
              </EventButton>
            </TicketForm>
          ) : null}
          {may('ADD_NOTE') ? (
            <TicketForm
              ticket={ticket}
              label={events('ADD_NOTE')}
              className="note-hatch space-y-2 rounded-lg border border-dashed border-warn-line p-2.5"
            >
              <Textarea name="note" label={t('note')} hint={t('noteHint')} dense rows={3} required maxLength={20000} />
              <DraftKeeper id={`note:${ticket.id}`} owner={reader.userId} fields={['note']} restored={shell('draftRestored')} />
              <EventButton event="ADD_NOTE" variant="quiet" size="dense">
                {events('ADD_NOTE')}
              </EventButton>
            </TicketForm>
          ) : null}
        </div>
      </div>
    </Card>
  )
}
