import Send from 'lucide-react/icons/send'
import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { TicketForm } from '#app/_ticket/ticket-form.tsx'
import { wordsSaid } from '#app/_ticket/words-said.ts'
import { Card } from '#app/_ui/card.tsx'
import { Conversation } from '#app/_ui/conversation.tsx'
import { DraftKeeper } from '#app/_ui/draft-keeper.tsx'
import { EventButton } from '#app/_ui/event-button.tsx'
import { Textarea } from '#app/_ui/field.tsx'
import { happenedWord } from '#app/_ui/words/happened.ts'
import type { Person } from '#lib/domain/actor.ts'
import type { EventType } from '#lib/domain/events.ts'
import type { TicketRead } from '#lib/tickets/read-ticket.ts'

/** What a customer need not read between the messages: the desk's own business, and what a message itself shows. */
const quiet: readonly EventType[] = ['REPLY', 'ADD_NOTE', 'CLAIM_TICKET', 'ASSIGN_TICKET', 'RELEASE_TICKET', 'ESCALATE_APPROVAL']

/** The conversation, with the request itself as its first word and what happened in between. */
export async function Talk({ ticket, reader }: { ticket: TicketRead; reader: Person }): Promise<ReactNode> {
  const [t, happened, events, shell] = await Promise.all([
    getTranslations('myTicket'),
    getTranslations('happened'),
    getTranslations('events'),
    getTranslations('shell'),
  ])
  const lines = ticket.path
    .filter(({ event, refusal }) => refusal === null && event.type !== 'OPEN_TICKET' && !quiet.includes(event.type))
    .map(({ seq, event, at }) => ({ id: `path-${seq}`, words: happened(happenedWord(event.type, ticket.scope)), at }))
  const mayReply = ticket.offers.some(({ event, allowed }) => event === 'REPLY' && allowed)
  return (
    <Card title={t('talk')} id="talk">
      <Conversation
        said={wordsSaid(ticket)}
        happened={lines}
        now={new Date(ticket.now)}
        timeZone={ticket.portal.timeZone}
        empty={t('talkEmpty')}
      />
      {mayReply ? (
        // A new key when a message has arrived empties the field; until then what was typed stays.
        <TicketForm key={ticket.messages.length} ticket={ticket} label={t('reply')} className="mt-5 space-y-3">
          <Textarea name="body" label={t('reply')} hint={t('replyHint')} maxLength={20_000} required />
          <DraftKeeper
            id={`reply:${ticket.number}:${ticket.messages.length}`}
            owner={reader.userId}
            fields={['body']}
            restored={shell('draftRestored')}
          />
          <EventButton event="REPLY" variant="quiet" icon={<Send aria-hidden="true" />}>
            {events('REPLY')}
          </EventButton>
        </TicketForm>
      ) : null}
    </Card>
  )
}
