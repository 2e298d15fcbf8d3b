import type pg from 'pg'
import { expect, test } from 'vitest'
import { listWith } from '#db/testing/matchers.ts'
import { closeSide, openSide } from '#lib/difference/side.ts'
import { applicationName, connect, urlOf } from './connect.ts'
import { makePortal } from './testing/portal.ts'
import { testServers } from './testing/servers.ts'

/** Every limit on a session's patience that a database can set, as many as the server's version knows; those of the network and of replication are none. */
const timeouts = `select name, setting from pg_settings where name ~ '(statement|lock|session|transaction)_timeout$' and context = 'user' order by name`

test.each(testServers())(
  'S100 however impatient a portal’s own settings are, no connection of ours is hurried or ended by them: $name',
  async (server) => {
    const { url, stop } = await server.start()
    const portal = await makePortal(url)
    const { databaseName } = portal.ref
    try {
      const all = (await read(await connect(url, databaseName))).map(({ name }) => name)
      expect(all).toEqual(
        listWith(['idle_in_transaction_session_timeout', 'idle_session_timeout', 'lock_timeout', 'statement_timeout']),
      )
      await portal.run(...all.map((name) => `alter database ${databaseName} set ${name} = '5s'`))

      const patient = all.map((name) => ({ name, setting: '0' }))
      expect(await read(await connect(url, databaseName))).toEqual(patient)
      const side = await openSide({ connectionString: urlOf(url, databaseName), applicationName })
      const { rows } = await side.client.query(timeouts)
      await closeSide(side)
      expect(rows).toEqual(patient)
    } finally {
      await portal.drop()
      await stop()
    }
  },
)

async function read(client: pg.Client): Promise<{ name: string; setting: string }[]> {
  const { rows } = await client.query<{ name: string; setting: string }>(timeouts)
  await client.end()
  return rows
}
