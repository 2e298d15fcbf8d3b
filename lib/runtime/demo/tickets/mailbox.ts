import { createTransport } from 'nodemailer'
import type { Db } from '#db/client.ts'
import { caughtMails } from '#db/schema/index.ts'
import { sendMail } from '#lib/mail/send-mail.ts'

type Post = { appUrl: string; authSecret: string }

/** Writes a mail of the outbox as it would have been sent at `at`, and puts it into the demo's mailbox with that date. */
export async function deliverAt(db: Db, post: Post, outboxId: string, at: Date): Promise<void> {
  const written: { sender: string; recipients: string[]; raw: Buffer; subject: string }[] = []
  const transport = createTransport({
    name: 'demo-mailbox',
    version: '1',
    send: (mail, done) => {
      mail.message.setHeader('Date', at.toUTCString().replace('GMT', '+0000'))
      const { from, to } = mail.message.getEnvelope()
      const told = {
        messageId: mail.message.messageId(),
        envelope: { from, to },
        accepted: to,
        rejected: [],
        pending: [],
        response: 'kept',
      }
      mail.message.build((error, raw) => {
        if (error === null) written.push({ sender: from || '', recipients: to, raw, subject: mail.data.subject ?? '' })
        done(error, told)
      })
    },
  })
  await sendMail(db, { transport, from: 'Halyard <desk@halyard.example>', ...post }, outboxId)
  for (const { sender, recipients, raw, subject } of written) {
    const mails = recipients.map((recipient) => ({
      sender,
      recipient: recipient.toLowerCase(),
      subject,
      raw: raw.toString('latin1'),
      receivedAt: at,
    }))
    await db.insert(caughtMails).values(mails)
  }
}
