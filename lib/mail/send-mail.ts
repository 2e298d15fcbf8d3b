import { eq, sql } from 'drizzle-orm'
import type { Transporter } from 'nodemailer'
import { z } from 'zod'
import type { Db } from '#db/client.ts'
import { alerts, mailOutbox, users } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { renderMail } from './render.ts'
import { isTemplateName } from './templates/data.ts'

/** The job is tried again as often as the worker's own default, with its growing pauses: about three days in all. */
const attemptsMaximum = 25

export type Post = { transport: Transporter; from: string; appUrl: string; authSecret: string }

/**
 * Delivers one mail of the outbox. Safe to run twice: what is sent or given up is left alone. A passing fault is thrown, so that
 * the worker tries again; a refusal for good (5xx to the recipient or the content) or the last attempt marks the mail dead,
 * with its reason, and alerts the desk. The state of a ticket never depends on it (S59).
 */
export async function sendMail(db: Db, post: Post, outboxId: string): Promise<'sent' | 'dead' | 'nothing_to_do'> {
  const mail = await claim(db, outboxId)
  if (!mail) return 'nothing_to_do'
  try {
    await post.transport.sendMail(compose(mail, post))
  } catch (error) {
    if (refusedForGood(error) || mail.attempts >= attemptsMaximum) {
      await giveUp(db, mail, reasonOf(error))
      return 'dead'
    }
    await scoped(db, 'system', (tx) =>
      tx
        .update(mailOutbox)
        .set({ lastError: reasonOf(error) })
        .where(eq(mailOutbox.id, mail.id)),
    )
    throw new Error(`mail ${mail.id} was not taken: ${reasonOf(error)}`, { cause: error })
  }
  await scoped(db, 'system', (tx) =>
    tx.update(mailOutbox).set({ sentAt: sql`now()`, lastError: null }).where(eq(mailOutbox.id, mail.id)),
  )
  return 'sent'
}

type Claimed = NonNullable<Awaited<ReturnType<typeof claim>>>

async function claim(db: Db, outboxId: string) {
  return scoped(db, 'system', async (tx) => {
    const [mail] = await tx
      .update(mailOutbox)
      .set({ attempts: sql`${mailOutbox.attempts} + 1` })
      .where(sql`${mailOutbox.id} = ${outboxId} and ${mailOutbox.sentAt} is null and ${mailOutbox.deadAt} is null`)
      .returning()
    if (!mail) return null
    const [reader] = await tx
      .select({ timeZone: users.timeZone, deskRoles: users.deskRoles })
      .from(users)
      .where(sql`lower(${users.email}) = lower(${mail.recipient})`)
    const [previous] = mail.ticketId
      ? await tx
          .select({ messageId: mailOutbox.messageId })
          .from(mailOutbox)
          .where(
            sql`${mailOutbox.ticketId} = ${mail.ticketId} and ${mailOutbox.recipient} = ${mail.recipient} and ${mailOutbox.sentAt} is not null`,
          )
          .orderBy(sql`${mailOutbox.createdAt} desc`)
          .limit(1)
      : []
    return { ...mail, reader, previousMessageId: previous?.messageId ?? null }
  })
}

function compose(mail: Claimed, post: Post) {
  if (!isTemplateName(mail.template)) throw new Error(`no template is called ${mail.template}`)
  const reader = {
    email: mail.recipient,
    locale: mail.locale,
    timeZone: mail.reader?.timeZone ?? 'UTC',
    ofDesk: (mail.reader?.deskRoles.length ?? 0) > 0,
  }
  const host = new URL(post.appUrl).hostname
  return {
    ...renderMail(mail.template, mail.data, reader, post),
    from: post.from,
    // As parts, so that no address parser gets to read more than one address into it.
    to: { name: '', address: mail.recipient },
    messageId: `<${mail.messageId}@${host}>`,
    ...threadOf(mail, host),
    // RFC 3834: out-of-office replies and other robots leave it alone (S4, S88).
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
  }
}

/** All mails of a ticket hang on one root that was never sent itself, so that a mailbox shows them as one thread from the first. */
function threadOf(mail: Claimed, host: string) {
  if (!mail.ticketId) return {}
  const root = `<ticket.${mail.ticketId}@${host}>`
  const previous = mail.previousMessageId ? `<${mail.previousMessageId}@${host}>` : null
  return { inReplyTo: previous ?? root, references: previous ? [root, previous] : [root] }
}

const smtpError = z.object({ responseCode: z.int().optional(), command: z.string().optional() })

/** A 5xx to the recipient or to the content. Refused sign-in or sender is our own set-up: mended, all mails go. */
function refusedForGood(error: unknown): boolean {
  const parsed = smtpError.safeParse(error)
  if (!parsed.success) return false
  const { responseCode = 0, command = '' } = parsed.data
  return responseCode >= 500 && responseCode < 600 && ['RCPT TO', 'DATA'].includes(command)
}

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 1000)
}

async function giveUp(db: Db, mail: Claimed, reason: string): Promise<void> {
  await scoped(db, 'system', async (tx) => {
    await tx.update(mailOutbox).set({ deadAt: sql`now()`, lastError: reason }).where(eq(mailOutbox.id, mail.id))
    await tx
      .insert(alerts)
      .values({
        kind: 'mail_undeliverable',
        portalId: mail.portalId,
        subject: mail.recipient,
        detail: { template: mail.template, ticketId: mail.ticketId, reason },
      })
      .onConflictDoNothing()
  })
}
