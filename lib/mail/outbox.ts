import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import type { Tx } from '#db/client.ts'
import { mailOutbox } from '#db/schema/index.ts'
import type { Locale } from '#lib/domain/actor.ts'
import { schemaOf, type TemplateData, type TemplateName } from './templates/data.ts'

export type OutgoingMail<T extends TemplateName = TemplateName> = {
  template: T
  data: TemplateData<T>
  to: { email: string; locale: Locale }
  /** Mails of one ticket make one thread in the reader's mailbox. */
  ticketId?: string
  portalId?: string
  /** The same key never makes a second mail, however often the telling is repeated. */
  dedupeKey?: string
}

/**
 * Puts a mail into the outbox in the transaction of what it tells: both happen or neither (I12, S59). A job delivers it.
 * The caller's scope must see `portalId`; a mail without one needs the scope `system`.
 */
export async function enqueueMail<T extends TemplateName>(tx: Tx, mail: OutgoingMail<T>): Promise<void> {
  const id = randomUUID()
  await tx.execute(sql`
    with written as (
      insert into ${mailOutbox} (id, ticket_id, portal_id, recipient, locale, template, data, dedupe_key, message_id)
      values (${id}, ${mail.ticketId ?? null}, ${mail.portalId ?? null}, ${mail.to.email}, ${mail.to.locale}, ${mail.template},
              ${JSON.stringify(schemaOf[mail.template].parse(mail.data))}::jsonb, ${mail.dedupeKey ?? null}, ${id})
      on conflict (dedupe_key) do nothing
      returning id
    )
    select enqueue_job('sendMail', json_build_object('outboxId', id), null, 'mail:' || id) from written`)
}
