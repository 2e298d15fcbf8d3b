import { z } from 'zod'
import type { DatabaseIdentity } from '../../port.ts'
import { databaseOf, select, withClient } from './connect.ts'

/** Which database this is, whatever host name, port or proxy it was reached through (S106). */
export async function identify(url: string, databaseName = databaseOf(url)): Promise<DatabaseIdentity> {
  return withClient(url, databaseName, async (client) => {
    const [row] = await select(
      client,
      z.object({ systemIdentifier: z.string(), databaseOid: z.coerce.number() }),
      `select s.system_identifier::text as "systemIdentifier", d.oid::text as "databaseOid"
       from pg_control_system() s, pg_database d where d.datname = current_database()`,
    )
    if (!row) throw new Error('the server did not say which it is')
    return row
  })
}
