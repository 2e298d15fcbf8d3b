import { sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Tx } from '#db/client.ts'
import type { Instant } from '#lib/domain/instants.ts'

const row = z.object({ now: z.string() })

/** The database's clock, to the millisecond: the only one that deadlines are judged by (I13, S91). Moves on within a transaction. */
export async function databaseNow(tx: Tx): Promise<Instant> {
  const [first] = await tx.execute(
    sql`select to_char(clock_timestamp() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as now`,
  )
  return row.parse(first).now
}
