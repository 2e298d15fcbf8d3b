import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { postgresAdapter as adapter } from './adapter.ts'
import { liftBar, withBar } from './bar.ts'
import { connect, quoteName, withClient } from './connect.ts'
import { readProperties } from './properties.ts'
import { call, makePortal, type TestPortal } from './testing/portal.ts'
import { testServers } from './testing/servers.ts'

const never = new AbortController().signal

for (const server of testServers()) {
  describe(`the bar on ${server.name}`, () => {
    let stop: () => Promise<void>
    let url: string
    let portal: TestPortal
    let admin: pg.Client
    beforeAll(async () => {
      ;({ url, stop } = await server.start())
      portal = await makePortal(url)
      admin = await connect(portal.ref.adminUrl)
    })
    afterAll(async () => {
      await admin.end()
      await portal.drop()
      await stop()
    })
    const bar = (use: () => Promise<void>, timeoutMs = 5_000) =>
      withBar(portal.ref.adminUrl, admin, portal.ref.databaseName, { timeoutMs, signal: never }, async ({ sessionsEnded }) => {
        await use()
        return { ok: true, sessionsEnded }
      })

    test('S105 clients that reconnect at once, as ordinary user and as superuser, stay out; afterwards they are back within the old limit', async () => {
      await portal.run(`alter database ${portal.ref.databaseName} connection limit 9`)
      const before = await withClient(url, undefined, (other) => readProperties(other, portal.ref.databaseName))
      const clients = [stubborn(portal.userUrl, portal.ref.databaseName), stubborn(url, portal.ref.databaseName)]
      await Promise.all(clients.map((client) => client.connected()))
      const insideWhileBarred: string[] = []
      // A superuser's session can only be ended by a superuser, so this bar is a superuser's.
      const barred = await withClient(url, undefined, (root) =>
        withBar(url, root, portal.ref.databaseName, { timeoutMs: 5_000, signal: never }, async ({ sessionsEnded }) => {
          for (let n = 0; n < 50; n++) {
            const inside = await root.query<{ pid: number }>('select pid from pg_stat_activity where datname = $1', [
              portal.ref.databaseName,
            ])
            insideWhileBarred.push(...inside.rows.map(({ pid }) => String(pid)))
          }
          await Promise.all(clients.map((client) => client.thrownOut))
          return { ok: true, sessionsEnded }
        }),
      )
      expect(barred).toMatchObject({ ok: true })
      expect(barred.ok && barred.sessionsEnded).toBeGreaterThanOrEqual(2)
      expect(insideWhileBarred).toEqual([])
      await Promise.all(clients.map((client) => client.connected()))
      await Promise.all(clients.map((client) => client.stop()))
      expect(await withClient(url, undefined, (other) => readProperties(other, portal.ref.databaseName))).toEqual(before)
    })

    test('S105 whoever our role may not end is named, and the bar is lifted', async () => {
      const root = await connect(url, portal.ref.databaseName)
      const barred = await bar(async () => undefined, 300)
      expect(barred).toMatchObject({ ok: false, refusal: { code: 'sessions_hold_on', facts: { needSuperuser: true } } })
      expect(JSON.stringify(barred)).toContain('user postgres')
      await root.end()
      await (await connect(portal.userUrl, portal.ref.databaseName)).end()
    })

    test('S52 the bar is lifted when the work fails', async () => {
      await expect(
        bar(async () => {
          throw new Error('the work failed')
        }),
      ).rejects.toThrow('the work failed')
      await (await connect(portal.userUrl, portal.ref.databaseName)).end()
    })

    test('S52 S105 our own connection is killed under the bar: a fresh one lifts it; were the process killed, recover would, exactly', async () => {
      await portal.run(`alter database ${portal.ref.databaseName} connection limit 5`)
      const doomed = await connect(portal.ref.adminUrl)
      const outcome = withBar(
        portal.ref.adminUrl,
        doomed,
        portal.ref.databaseName,
        { timeoutMs: 5_000, signal: never },
        async () => {
          await admin.query('select pg_terminate_backend($1, 5000)', [
            (await doomed.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid,
          ])
          await doomed.query('select 1')
          return { ok: true }
        },
      )
      await expect(outcome).rejects.toThrow()
      await (await connect(portal.userUrl, portal.ref.databaseName)).end()

      const name = quoteName(portal.ref.databaseName)
      await withClient(url, undefined, (root) =>
        root.query(`alter database ${name} allow_connections false connection limit 2000000005`),
      )
      await expect(connect(portal.userUrl, portal.ref.databaseName)).rejects.toThrow('not currently accepting')
      expect((await adapter.recover({ portal: portal.ref, keep: [], busy: [] })).barsLifted).toEqual([portal.ref.databaseName])
      expect((await readProperties(admin, portal.ref.databaseName)).connectionLimit).toBe(5)
      expect(await liftBar(admin, portal.ref.databaseName)).toBe(false)
    })

    test('a database that its owner closed is not opened by us', async () => {
      const name = quoteName(portal.ref.databaseName)
      await withClient(url, undefined, (root) => root.query(`alter database ${name} allow_connections false connection limit 5`))
      await expect(bar(async () => undefined)).rejects.toThrow('its owner closed it')
      expect((await adapter.recover({ portal: portal.ref, keep: [], busy: [] })).barsLifted).toEqual([])
      await withClient(url, undefined, (root) => root.query(`alter database ${name} allow_connections true`))
    })

    test('S104 a prepared transaction is named before anything is barred', async () => {
      const root = await connect(url, portal.ref.databaseName)
      await root.query(`begin; insert into crm.companies (name) values ('held'); prepare transaction 'held deal'`)
      const captured = await adapter.capture(
        {
          portal: portal.ref,
          snapshotId: crypto.randomUUID(),
          purpose: 'snapshot',
          previous: null,
          mayBar: 'when_needed',
          barTimeoutMs: 1_000,
        },
        call(),
      )
      expect(captured).toMatchObject({ ok: false, refusal: { code: 'prepared_transactions' } })
      expect(JSON.stringify(captured)).toContain('held deal')
      expect((await adapter.health(portal.ref, null)).notes.join()).toContain('held deal')
      await root.query(`rollback prepared 'held deal'`)
      await root.end()
    })
  })
}

type Stubborn = { connected: () => Promise<void>; thrownOut: Promise<void>; stop: () => Promise<void> }

/** Like a pooler with a minimum pool: connects again the moment it is thrown out. */
function stubborn(url: string, databaseName: string): Stubborn {
  let going = true
  const thrownOut = Promise.withResolvers<void>()
  // Renewed only once it was fulfilled: whoever waits while an attempt is turned away waits for the next one.
  let inside = Promise.withResolvers<void>()
  const loop = async () => {
    while (going) {
      try {
        const client = await connect(url, databaseName)
        inside.resolve()
        try {
          while (going) await client.query('select pg_sleep(0.005)')
          await client.end()
        } finally {
          inside = Promise.withResolvers<void>()
          thrownOut.resolve()
        }
      } catch {
        // Thrown out or turned away, as it should be.
      }
    }
  }
  const running = loop()
  return {
    connected: () => inside.promise,
    thrownOut: thrownOut.promise,
    stop: async () => {
      going = false
      await running
    },
  }
}
