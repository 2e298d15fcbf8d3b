import type pg from 'pg'
import { z } from 'zod'
import { select } from './connect.ts'

/** The maintenance database in which the server's log can be read (`lib/difference/wal-tail.ts`), where somebody has installed what that takes. */
export async function findLogDatabase(admin: pg.Client): Promise<string | null> {
  const [found] = await select(
    admin,
    z.object({ name: z.string() }),
    `select current_database() as name from pg_extension where extname = 'pg_walinspect'`,
  )
  return found?.name ?? null
}
