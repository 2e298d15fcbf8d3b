import { eq, sql } from 'drizzle-orm'
import type { Db } from '#db/client.ts'
import { rateLimits } from '#db/schema/index.ts'

/** At most `times` in each window of the database's clock. */
export type Limit = { bucket: string; times: number; windowSeconds: number }
export type Taken = { ok: true } | { ok: false; retryAfterSeconds: number }

/** Counts one use and says whether it was within all the limits. Each use counts, refused ones too, so hammering does not help. */
export async function take(db: Db, limits: Limit[]): Promise<Taken> {
  const answers: Taken[] = []
  for (const limit of limits) answers.push(await takeOne(db, limit))
  return answers.find((answer) => !answer.ok) ?? { ok: true }
}

/** After a success the failures before it no longer count. */
export async function forget(db: Db, bucket: string): Promise<void> {
  await db.delete(rateLimits).where(eq(rateLimits.bucket, bucket))
}

async function takeOne(db: Db, { bucket, times, windowSeconds }: Limit): Promise<Taken> {
  const begins = sql`to_timestamp(floor(extract(epoch from now()) / ${windowSeconds}) * ${windowSeconds})`
  const [row] = await db
    .insert(rateLimits)
    .values({ bucket, windowStart: begins, used: 1 })
    .onConflictDoUpdate({ target: [rateLimits.bucket, rateLimits.windowStart], set: { used: sql`${rateLimits.used} + 1` } })
    .returning({
      used: rateLimits.used,
      left: sql<number>`ceil(extract(epoch from ${rateLimits.windowStart} - now()) + ${windowSeconds})::int`,
    })
  if (!row) throw new Error('the rate limit was not written')
  return row.used <= times ? { ok: true } : { ok: false, retryAfterSeconds: Math.max(1, row.left) }
}
