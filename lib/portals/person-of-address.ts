import { and, isNull, sql } from 'drizzle-orm'
import type { Tx } from '#db/client.ts'
import { users } from '#db/schema/index.ts'
import type { Locale } from '#lib/domain/actor.ts'

type NewPerson = { email: string; name: string | null; locale: Locale; timeZone: string }

/** The id of the active person of this address, whatever its capitals; a new person where there is none. Needs the scope `system`. */
export async function personOfAddress(tx: Tx, { email, name, locale, timeZone }: NewPerson): Promise<string> {
  const [known] = await tx
    .select({ id: users.id })
    .from(users)
    .where(and(sql`lower(${users.email}) = ${email.toLowerCase()}`, isNull(users.deactivatedAt)))
  if (known) return known.id
  const [made] = await tx.insert(users).values({ email, name, locale, timeZone }).returning({ id: users.id })
  if (!made) throw new Error('the person was not written')
  return made.id
}
