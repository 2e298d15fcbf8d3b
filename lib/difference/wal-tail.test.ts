import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readCatalogue } from './catalogue.ts'
import { atOneMoment, one, run, type Side } from './side.ts'
import { makePortal, type Portal, withLog } from './testing/portal.ts'
import { findServers, startServer, type TestServer } from './testing/servers.ts'
import { followWal, markWal, type WalTail } from './wal-tail.ts'

const logIsRead = findServers().filter(({ summarizesWal }) => summarizesWal)
const shelves = `CREATE SCHEMA crm; CREATE TABLE crm."Big Shelf" (id int PRIMARY KEY, v text);
  INSERT INTO crm."Big Shelf" SELECT g, repeat('x', 200) FROM generate_series(1, 4000) AS g; CREATE TABLE crm.other (id int)`

describe.each(logIsRead)("the server's log, on $label", (kind) => {
  let server: TestServer
  let portal: Portal
  beforeAll(async () => {
    server = await startServer(kind, { autovacuum: 'off' })
    portal = await makePortal(server, shelves)
  })
  afterAll(() => server.stop())

  /** Blocks of the big table that the log names, after `meanwhile` has happened since the frozen instant. */
  async function blocksAfter(meanwhile: () => Promise<unknown>, following: 'followed' | 'asked at the end' = 'asked at the end') {
    return withLog(portal.url, portal.url, async (live, locked, wal) => {
      const mark = await markWal(wal, live)
      return atOneMoment([live], async () => {
        const tail = await tailOf(mark, live)
        await meanwhile()
        if (following === 'followed') await tail?.follow()
        return (await tail?.writtenBlocks(locked))?.get(await oidOf(live)) ?? null
      })
    })
  }

  test('names the blocks of rows that came, went, changed and were locked, and no others', async () => {
    const [changed, gone] = [await blockOf(10), await blockOf(2000)]
    const blocks = await blocksAfter(async () => {
      await portal.run(`UPDATE crm."Big Shelf" SET v = 'changed' WHERE id = 10; DELETE FROM crm."Big Shelf" WHERE id = 2000`)
      await portal.run(`INSERT INTO crm."Big Shelf" VALUES (9001, 'new'); INSERT INTO crm.other VALUES (1)`)
    }, 'followed')
    const known = new Set([changed, gone, await blockOf(10), await blockOf(9001)])
    expect([...(blocks ?? [])].sort((a, b) => a - b)).toEqual([...known].sort((a, b) => a - b))
  })

  test('names what was committed without waiting for the disk', async () => {
    const block = await blockOf(500)
    const blocks = await blocksAfter(() =>
      portal.run(`SET synchronous_commit = off; UPDATE crm."Big Shelf" SET v = 'quick' WHERE id = 500`),
    )
    expect(blocks).toContain(block)
  })

  test('is waited for by nobody: a writer of before who does not end leaves it unread', async () => {
    const writer = await connect(portal.url)
    await writer.query(`BEGIN; UPDATE crm."Big Shelf" SET v = 'before the mark' WHERE id = 700`)
    expect(await blocksAfter(() => writer.query('COMMIT'))).toBeNull()
    await writer.end()
  })

  test('a writer of before who ends in time is told of by the rows as they were then', async () => {
    const writer = await connect(portal.url)
    await writer.query(`BEGIN; UPDATE crm."Big Shelf" SET v = 'just before' WHERE id = 900`)
    const blocks = blocksAfter(async () => undefined)
    await writer.query('COMMIT')
    await writer.end()
    expect(await blocks).toEqual([])
  })

  test('a prepared transaction of before leaves it unread', async () => {
    await portal.run(`BEGIN; UPDATE crm."Big Shelf" SET v = 'prepared' WHERE id = 800; PREPARE TRANSACTION 'old'`)
    expect(await blocksAfter(() => portal.run(`COMMIT PREPARED 'old'`))).toBeNull()
  })

  test('writers in other databases are nobody to wait for', async () => {
    const writer = await connect(server.url('postgres'))
    await writer.query('BEGIN; CREATE TABLE elsewhere (v int); INSERT INTO elsewhere VALUES (1)')
    expect(await blocksAfter(async () => undefined)).toEqual([])
    await writer.query('ROLLBACK')
    await writer.end()
  })

  test('an instant of before the mark is not told of', async () => {
    await withLog(portal.url, portal.url, (live, _, wal) =>
      atOneMoment([live], async () => {
        expect(await followWal(await markWal(wal, live), live, [])).toBeNull()
      }),
    )
  })

  test('a table that was written anew since is not told of', async () => {
    await withLog(portal.url, portal.url, async (live, locked, wal) => {
      const mark = await markWal(wal, live)
      // Taken with nothing read yet, so that the rewriting is not kept out.
      await run(live, 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
      await one(live, 'SELECT pg_current_snapshot()')
      const tail = await tailOf(mark, live)
      await portal.run('TRUNCATE crm.other')
      const blocks = await tail?.writtenBlocks(locked)
      const { oid } = await one<{ oid: string }>(locked, `SELECT 'crm.other'::regclass::oid::text AS oid`)
      expect([blocks?.has(Number(oid)), blocks?.has(await oidOf(locked))]).toEqual([false, true])
      await run(live, 'ROLLBACK')
    })
  })

  test('more than can be read under the lock is left', async () => {
    const flood = () => portal.run(`SELECT pg_logical_emit_message(false, 'flood', repeat('x', 30000000))`)
    expect(await blocksAfter(flood)).toBeNull()
    expect(await blocksAfter(flood, 'followed')).toEqual([])
  })

  test('a part of the log that is gone already is no failure', async () => {
    const forget = async () => {
      await server.query('postgres', 'SELECT pg_switch_wal(); CHECKPOINT; CHECKPOINT')
    }
    expect(await blocksAfter(forget)).toBeNull()
  })

  test('a role that may not read it goes without', async () => {
    await server.query('postgres', `CREATE ROLE plain LOGIN; GRANT pg_read_all_data TO plain`)
    const url = portal.url.replace('postgres@', 'plain@')
    await withLog(url, url, async (live, _, wal) => expect(await markWal(wal, live)).toBeNull())
  })

  async function blockOf(id: number): Promise<number> {
    const [row] = await portal.run(`SELECT (ctid::text::point)[0]::int AS block FROM crm."Big Shelf" WHERE id = ${id}`)
    return Number(row?.block)
  }
})

async function tailOf(mark: Awaited<ReturnType<typeof markWal>>, live: Side): Promise<WalTail | null> {
  const { tables } = await readCatalogue(live, { kind: 'all' })
  return followWal(mark, live, tables)
}

async function oidOf(side: Side): Promise<number> {
  const { oid } = await one<{ oid: string }>(side, `SELECT 'crm."Big Shelf"'::regclass::oid::text AS oid`)
  return Number(oid)
}

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url })
  await client.connect()
  return client
}
