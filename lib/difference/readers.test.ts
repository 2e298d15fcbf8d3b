import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { closeReaders, openReaders, shareOut } from './readers.ts'
import { closeSide, one, openSide, run, type Side } from './side.ts'
import { makePortal, type Portal } from './testing/portal.ts'
import { findServers, startServer, type TestServer } from './testing/servers.ts'

describe.each(findServers())('reading side by side, on $label', (kind) => {
  let server: TestServer
  let portal: Portal
  let side: Side
  beforeAll(async () => {
    server = await startServer(kind)
    portal = await makePortal(server, `CREATE ROLE few LOGIN PASSWORD 'few' CONNECTION LIMIT 3`)
    const url = new URL(portal.url)
    url.username = url.password = 'few'
    side = await openSide({ connectionString: url.href, applicationName: 'engine-test' })
  })
  afterAll(async () => {
    await closeSide(side)
    await server.stop()
  })

  test('S105 a server without room for more connections gives fewer readers, and the restore goes on with those', async () => {
    const readers = await openReaders(side)
    expect(readers).toHaveLength(2)
    const read = await shareOut([side, ...readers], [1, 2, 3, 4, 5], (by, n) => one<{ n: number }>(by, `SELECT ${n} AS n`))
    expect([...read].map(([item, { n }]) => item - n)).toEqual([0, 0, 0, 0, 0])
    await closeReaders(readers)
  })

  test('one that fails stops the others, and every connection is free again', async () => {
    const readers = await openReaders(side)
    const begun: number[] = []
    const sharing = shareOut([side, ...readers], [0, 1, 2, 3, 4, 5, 6, 7, 8], async (by, n) => {
      begun.push(n)
      await run(by, n === 1 ? 'SELECT 1 / 0' : 'SELECT pg_sleep(0.2)')
    })
    await expect(sharing).rejects.toMatchObject({ code: '22012' })
    expect(begun.length).toBeLessThan(9)
    for (const one of [side, ...readers]) expect(await run(one, 'SELECT 1')).toBe(1)
    await closeReaders(readers)
  })
})
