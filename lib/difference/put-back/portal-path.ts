import { quoteText } from '../names.ts'
import { run, type Side } from '../side.ts'

/**
 * Expressions of indexes and CHECKs are the portal's own code, and may count on its search path: live's, on either side, since a copy lacks the settings of
 * the database. For a side that is in a transaction.
 */
export async function onPortalPath<T>(side: Side, { searchPath }: Side, work: () => Promise<T>): Promise<T> {
  await run(side, `SELECT set_config('search_path', ${quoteText(searchPath)}, true)`)
  const done = await work()
  await run(side, `SELECT pg_catalog.set_config('search_path', 'pg_catalog', true)`)
  return done
}
