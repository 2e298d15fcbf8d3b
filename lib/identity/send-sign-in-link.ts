import { and, isNull, sql } from 'drizzle-orm'
import type { Db } from '#db/client.ts'
import { users } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { enqueueMail } from '#lib/mail/outbox.ts'
import { sealPurpose } from '#lib/mail/render.ts'
import { seal } from '#lib/runtime/seal.ts'

type Asked = { email: string; token: string; next: string; expires: Date }

/**
 * Mails the link, to active people only; for anybody else nothing happens, and nobody is told (S112). The link lands on a page
 * with a button, since scanners open links (S11).
 */
export async function sendSignInLink(db: Db, { authSecret }: { authSecret: string }, asked: Asked): Promise<void> {
  const query = new URLSearchParams({ callbackUrl: asked.next, token: asked.token, email: asked.email })
  const sealed = seal(authSecret, sealPurpose, `/sign-in/confirm?${query}`)
  await scoped(db, 'system', async (tx) => {
    const [person] = await tx
      .select({ email: users.email, locale: users.locale })
      .from(users)
      .where(and(sql`lower(${users.email}) = ${asked.email.toLowerCase()}`, isNull(users.deactivatedAt)))
    if (!person) return
    // To the address we know, never to the one that was typed.
    await enqueueMail(tx, { template: 'sign_in_link', data: { sealed, expiresAt: asked.expires.toISOString() }, to: person })
  })
}
