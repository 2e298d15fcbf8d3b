import PostalMime from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import type { Db } from '#db/client.ts'
import { caughtMails } from '#db/schema/index.ts'

const mailMaximumBytes = 5_000_000

export type Catcher = { port: number; close: () => Promise<void> }

/** The demo's mail server: takes every mail, keeps it raw, sends nothing on. Listens on this machine only; port 0 picks a free one. */
export async function startCatcher(db: Db, port = 0): Promise<Catcher> {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    size: mailMaximumBytes,
    disableReverseLookup: true,
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      let bytes = 0
      stream.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes <= mailMaximumBytes) chunks.push(chunk)
      })
      stream.on('end', () => {
        if (bytes > mailMaximumBytes) return done(Object.assign(new Error('mail too big'), { responseCode: 552 }))
        const sender = session.envelope.mailFrom ? session.envelope.mailFrom.address : ''
        keep(
          db,
          Buffer.concat(chunks),
          sender,
          session.envelope.rcptTo.map((to) => to.address),
        ).then(
          () => done(),
          (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
        )
      })
    },
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.server.address()
  return {
    port: address !== null && typeof address === 'object' ? address.port : port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

/** Kept byte for byte as latin1 text (a text column takes no NUL), one row a recipient. */
async function keep(db: Db, raw: Buffer, sender: string, recipients: string[]): Promise<void> {
  const parsed = await PostalMime.parse(raw, { maxNestingDepth: 50 })
  const subject = (parsed.subject ?? '').replaceAll('\0', '').slice(0, 1000)
  const text = raw.toString('latin1').replaceAll('\0', '')
  await db
    .insert(caughtMails)
    .values(recipients.map((recipient) => ({ sender, recipient: recipient.toLowerCase(), subject, raw: text })))
}
