import { sql } from 'drizzle-orm'
import type { Db } from '#db/client.ts'
import { alerts, caughtMails } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { demoId } from '../secrets.ts'

/** S3 the owner who has left: nobody takes mail at this address any more, and the desk knows since the first attempt. */
const left = {
  portal: 'grota',
  address: 'halina@grota.example',
  reason: '550 5.1.1 <halina@grota.example>: Recipient address rejected: User unknown',
}

/** Marks what was sent there as the product does when the other server refuses for good. */
export async function bounceDeadMailbox(db: Db): Promise<void> {
  await scoped(db, 'system', async (tx) => {
    const dead = await tx.execute<{ template: string; ticket_id: string; created_at: string }>(sql`
      update mail_outbox set sent_at = null, dead_at = sent_at, last_error = ${left.reason}
       where recipient = ${left.address} and ticket_id in (select id from tickets where closed_at is null)
       returning template, ticket_id, created_at::text as created_at`)
    const [first] = dead.toSorted((a, b) => a.created_at.localeCompare(b.created_at))
    if (!first) return
    await tx.insert(alerts).values({
      kind: 'mail_undeliverable',
      portalId: demoId(left.portal),
      subject: left.address,
      detail: { template: first.template, ticketId: first.ticket_id, reason: left.reason },
      raisedAt: new Date(first.created_at),
    })
    await tx.delete(caughtMails).where(sql`${caughtMails.recipient} = ${left.address}`)
  })
}
