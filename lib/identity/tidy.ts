import { lt, sql } from 'drizzle-orm'
import type { Db } from '#db/client.ts'
import { rateLimits, sessions, stepUpCodes, verificationTokens } from '#db/schema/index.ts'

/** For the nightly job: what is over and can never be used again. */
export async function tidyIdentity(db: Db): Promise<void> {
  await db.delete(sessions).where(lt(sessions.expires, sql`now()`))
  await db.delete(verificationTokens).where(lt(verificationTokens.expires, sql`now()`))
  await db.delete(stepUpCodes).where(lt(stepUpCodes.expiresAt, sql`now() - interval '1 day'`))
  await db.delete(rateLimits).where(lt(rateLimits.windowStart, sql`now() - interval '1 day'`))
}
