import { text } from 'node:stream/consumers'
import PostalMime from 'postal-mime'
import type postgres from 'postgres'
import { SMTPServer } from 'smtp-server'

/**
 * The demo's mailbox: a real SMTP server that delivers nothing and keeps each mail, one row a recipient. `desk` is the owner's client.
 * Resolves with its address once it listens.
 */
export async function startMailCatcher(desk: postgres.Sql): Promise<{ url: string; stop: () => Promise<void> }> {
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onData: (stream, session, done) => {
      const { mailFrom, rcptTo } = session.envelope
      keep(
        desk,
        mailFrom === false ? '' : mailFrom.address,
        rcptTo.map(({ address }) => address),
        stream,
      ).then(() => done(), done)
    },
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.server.address()
  if (address === null || typeof address === 'string') throw new Error('an SMTP server has no port')
  return {
    url: `smtp://127.0.0.1:${address.port}`,
    stop: () => new Promise((resolve) => server.close(resolve)),
  }
}

async function keep(desk: postgres.Sql, sender: string, recipients: string[], stream: NodeJS.ReadableStream): Promise<void> {
  const raw = await text(stream)
  const { subject } = await PostalMime.parse(raw)
  for (const recipient of recipients) {
    await desk`insert into caught_mails (sender, recipient, subject, raw) values (${sender}, ${recipient.toLowerCase()}, ${subject ?? ''}, ${raw})`
  }
}
