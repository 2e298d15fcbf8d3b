import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { textWith } from '#db/testing/matchers.ts'
import { postgresAdapter as adapter } from './adapter.ts'
import { connect } from './connect.ts'
import { readFreeSpace } from './disk.ts'
import { identify } from './identity.ts'
import { makePortal, type TestPortal } from './testing/portal.ts'
import { testServers } from './testing/servers.ts'

for (const server of testServers()) {
  describe(`health on ${server.name}`, () => {
    let stop: () => Promise<void>
    let url: string
    let portal: TestPortal
    beforeAll(async () => {
      ;({ url, stop } = await server.start())
      portal = await makePortal(url)
    })
    afterAll(async () => {
      await portal.drop()
      await stop()
    })

    test('a role that is no superuser, with the rights the README names, lacks nothing', async () => {
      expect(await adapter.health(portal.ref, null)).toMatchObject({ ok: true, problems: [] })
    })

    test('each missing right is named with the statement that gives it', async () => {
      await portal.run(`alter role ${portal.vendor} nocreatedb`, `revoke pg_signal_backend from ${portal.vendor}`)
      const { ok, problems } = await adapter.health(portal.ref, null)
      expect(ok).toBe(false)
      expect(problems.map(({ words }) => words)).toEqual([
        expect.stringContaining(`ALTER ROLE "${portal.vendor}" CREATEDB`),
        expect.stringContaining(`GRANT pg_signal_backend TO "${portal.vendor}"`),
      ])
      await portal.run(`alter role ${portal.vendor} createdb`, `grant pg_signal_backend to ${portal.vendor}`)
    })

    test('S106 the desk’s own database is recognised under another host name', async () => {
      const desk = await identify(url.replace('127.0.0.1', 'localhost'), portal.ref.databaseName)
      expect((await adapter.health(portal.ref, desk)).problems).toMatchObject([{ code: 'own_database' }])
      const another = await identify(url)
      expect((await adapter.health(portal.ref, another)).problems).toEqual([])
    })

    test('S51 free space is known where the data directory is proved to be this machine’s, and else said to be unknown', async () => {
      const { disk } = await adapter.health(portal.ref, null)
      expect(disk.freeBytes).toBeGreaterThan(0)
      expect(disk.neededBytes).toBe(2 * disk.databaseBytes)
      const unknowing = await connect(portal.userUrl, portal.ref.databaseName)
      expect(await readFreeSpace(unknowing, portal.userUrl)).toMatchObject({
        freeBytes: null,
        because: textWith('data_directory'),
      })
      await unknowing.end()
    })

    test('S104 a stale collation version is told before consent', async () => {
      await portal.run(`update pg_database set datcollversion = '0.stale' where datname = current_database()`)
      expect((await adapter.health(portal.ref, null)).notes.join()).toContain('0.stale')
    })

    test('what would make the pause of writers shorter is told with its statements, where the server can do it', async () => {
      const words = 'pg_get_wal_block_info(pg_lsn, pg_lsn, boolean)'
      const { serverVersion, notes } = await adapter.health(portal.ref, null)
      expect(notes.filter((note) => note.includes(words))).toHaveLength(serverVersion >= 160_000 ? 1 : 0)
      if (serverVersion < 160_000) return
      const admin = await connect(url)
      await admin.query('create extension if not exists pg_walinspect')
      await admin.query(`grant execute on function ${words} to ${portal.vendor}`)
      expect((await adapter.health(portal.ref, null)).notes.filter((note) => note.includes(words))).toEqual([])
      await admin.query(`revoke execute on function ${words} from ${portal.vendor}`)
      await admin.end()
    })

    test('a portal that is not there is a problem in words', async () => {
      const gone = { ...portal.ref, databaseName: 'nobody_made_this' }
      expect(await adapter.health(gone, null)).toMatchObject({ ok: false, problems: [{ code: 'portal_missing' }] })
    })
  })
}
