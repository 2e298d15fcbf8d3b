import { and, desc, eq, sql } from 'drizzle-orm'
import PostalMime from 'postal-mime'
import type { Db } from '#db/client.ts'
import { caughtMails } from '#db/schema/index.ts'

export type CaughtMail = { id: number; sender: string; recipient: string; subject: string; receivedAt: Date }
export type OpenedMail = CaughtMail & {
  from: string
  headers: { key: string; value: string }[]
  text: string
  html: string | null
}

const pageSize = 50

/** The demo's mailbox, newest first, 50 a page. `words` are looked for in subject, recipient and body, as they are typed. */
export async function listCaughtMails(
  db: Db,
  { recipient, words, before }: { recipient?: string | undefined; words?: string | undefined; before?: number | undefined },
): Promise<{ mails: CaughtMail[]; nextBefore: number | null }> {
  const { raw: _, ...columns } = columnsOf()
  const found = await db
    .select(columns)
    .from(caughtMails)
    .where(
      and(
        recipient ? eq(caughtMails.recipient, recipient.toLowerCase()) : undefined,
        words
          ? sql`position(lower(${words}) in lower(${caughtMails.subject} || ' ' || ${caughtMails.recipient} || ' ' || ${caughtMails.raw})) > 0`
          : undefined,
        before
          ? sql`(${caughtMails.receivedAt}, ${caughtMails.id}) < (select b.received_at, b.id from ${caughtMails} b where b.id = ${before})`
          : undefined,
      ),
    )
    .orderBy(desc(caughtMails.receivedAt), desc(caughtMails.id))
    .limit(pageSize + 1)
  const mails = found.slice(0, pageSize)
  return { mails, nextBefore: found.length > pageSize ? (mails.at(-1)?.id ?? null) : null }
}

/** Who has mail, with how many; the most recent first. */
export async function listMailboxes(db: Db): Promise<{ recipient: string; mails: number }[]> {
  return db
    .select({ recipient: caughtMails.recipient, mails: sql<number>`count(*)::int` })
    .from(caughtMails)
    .groupBy(caughtMails.recipient)
    .orderBy(sql`max(${caughtMails.receivedAt}) desc, max(${caughtMails.id}) desc`)
    .limit(200)
}

/** One mail, taken apart; null when there is none of that id. Its HTML is as it came: only for a sandbox. */
export async function readCaughtMail(db: Db, id: number): Promise<OpenedMail | null> {
  const [mail] = await db.select(columnsOf()).from(caughtMails).where(eq(caughtMails.id, id))
  if (!mail) return null
  const { raw, ...rest } = mail
  const parsed = await PostalMime.parse(Buffer.from(raw, 'latin1'), { maxNestingDepth: 50 })
  return {
    ...rest,
    from: parsed.from?.address ?? rest.sender,
    headers: parsed.headers.map(({ key, value }) => ({ key, value })),
    text: parsed.text ?? '',
    html: parsed.html ?? null,
  }
}

const columnsOf = () => ({
  id: caughtMails.id,
  sender: caughtMails.sender,
  recipient: caughtMails.recipient,
  subject: caughtMails.subject,
  receivedAt: caughtMails.receivedAt,
  raw: caughtMails.raw,
})
