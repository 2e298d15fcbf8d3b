import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listWith } from '#db/testing/matchers.ts'
import { type BroughtUpToDate, bringUpToDate } from './bring-up-to-date.ts'
import type { Boundary } from './observe.ts'
import { closeSide, openSide } from './side.ts'
import { nastyChanges } from './testing/nasty.ts'
import { contentsOf, loadNasty, makePortal, type Portal } from './testing/portal.ts'
import { findServers, startServer, type TestServer } from './testing/servers.ts'

describe.each(findServers())('online capture brings a copy of the last snapshot up to date, on $label', (kind) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(kind)
  })
  afterAll(() => server.stop())

  test('S102 of a portal as nobody would design it: equal in every row, large object and sequence; twice in a row', async () => {
    const portal = await loadNasty(server)
    const copy = await portal.copy()
    for (const change of nastyChanges) await portal.run(change)
    const first = await capture(portal, copy.url)
    expect(first).toMatchObject({ outcome: 'equal', sequences: 5, largeObjects: 3 })
    expect(await contentsOf(copy.url)).toEqual(await contentsOf(portal.url))
    expect(await objectsOf(server, copy.name)).toEqual(await objectsOf(server, portal.name))
    expect(await capture(portal, copy.url)).toMatchObject({ outcome: 'equal', tables: [], sequences: 0, largeObjects: 0 })
  })

  test('while four writers go on, nobody is disconnected, and the copy is one instant of it', async () => {
    const portal = await makePortal(
      server,
      `CREATE SCHEMA crm; CREATE TABLE crm.account (id int PRIMARY KEY, money int); INSERT INTO crm.account SELECT g, 100 FROM generate_series(1, 2000) AS g`,
    )
    const copy = await portal.copy()
    const writers = await Promise.all(Array.from({ length: 4 }, (_, seed) => startWriter(portal, seed)))
    const captured = await capture(portal, copy.url)
    const writes = await Promise.all(writers.map((stop) => stop()))
    expect(captured).toMatchObject({ outcome: 'equal' })
    // Money only ever moves: a copy of two instants would show more or less of it.
    expect(await server.query(copy.name, 'SELECT sum(money)::int AS all, count(*)::int AS n FROM crm.account')).toEqual([
      { all: 200_000, n: 2000 },
    ])
    expect(Math.min(...writes)).toBeGreaterThan(0)
  })

  test.each([
    ['a column', 'ALTER TABLE crm.t ADD x int', 'pg_attribute'],
    ['a function', `CREATE OR REPLACE FUNCTION crm.f() RETURNS int LANGUAGE sql AS 'SELECT 2'`, 'pg_proc'],
    ['a view', 'CREATE OR REPLACE VIEW crm.v AS SELECT id + 1 AS id FROM crm.t', 'pg_rewrite'],
    ['a right', 'GRANT SELECT ON crm.t TO PUBLIC', 'pg_class'],
    ['a comment', `COMMENT ON COLUMN crm.t.id IS 'changed'`, 'pg_description'],
    ['a trigger mode', 'ALTER TABLE crm.t DISABLE TRIGGER g', 'pg_trigger'],
    ['a policy', 'CREATE POLICY p ON crm.t', 'pg_policy'],
    ['a sequence step', 'ALTER SEQUENCE crm.s INCREMENT 5', 'pg_sequence'],
  ])('S108 what is no row is seen to have moved: %s', async (_, change, catalogue) => {
    const portal = await makePortal(server, structure)
    const copy = await portal.copy()
    expect(await capture(portal, copy.url)).toMatchObject({ outcome: 'equal' })
    await portal.run(change)
    expect(await capture(portal, copy.url)).toMatchObject({
      outcome: 'not_rows_only',
      moved: listWith([catalogue]),
    })
  })

  test('what moves by itself is no change: VACUUM, ANALYZE, TRUNCATE, temporary tables', async () => {
    const portal = await makePortal(server, structure)
    const copy = await portal.copy()
    const session = new Client({ connectionString: portal.url })
    await session.connect()
    await session.query(
      'CREATE TEMP TABLE mine (id serial PRIMARY KEY, v text CHECK (v <> $$$$)); CREATE TEMP VIEW seen AS SELECT * FROM mine',
    )
    for (const quiet of ['VACUUM FULL crm.t', 'ANALYZE', 'TRUNCATE crm.t', 'INSERT INTO crm.t VALUES (5)', 'VACUUM (FREEZE)'])
      await portal.run(quiet)
    expect(await capture(portal, copy.url)).toMatchObject({ outcome: 'equal' })
    await session.end()
    expect(await contentsOf(copy.url)).toEqual(await contentsOf(portal.url))
  })

  test('a TRUNCATE has to wait, and does not get in between', async () => {
    const portal = await makePortal(server, structure)
    const copy = await portal.copy()
    const before = await contentsOf(portal.url)
    let truncated: Promise<unknown> = Promise.resolve()
    const captured = await capture(portal, copy.url, (boundary) => {
      if (boundary === 'compare:begin') truncated = portal.run('TRUNCATE crm.t')
    })
    await truncated
    expect(captured).toMatchObject({ outcome: 'equal' })
    expect(await contentsOf(copy.url)).toEqual(before)
  })
})

const structure = `CREATE SCHEMA crm; CREATE TABLE crm.t (id int); INSERT INTO crm.t VALUES (1), (2); CREATE VIEW crm.v AS SELECT id FROM crm.t; CREATE SEQUENCE crm.s;
  CREATE FUNCTION crm.f() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE FUNCTION crm.tr() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
  CREATE TRIGGER g BEFORE INSERT ON crm.t FOR EACH ROW EXECUTE FUNCTION crm.tr()`

async function capture(portal: Portal, copyUrl: string, observe?: (boundary: Boundary) => void): Promise<BroughtUpToDate> {
  const live = await openSide({ connectionString: portal.url, applicationName: 'engine-test' })
  const copy = await openSide({ connectionString: copyUrl, applicationName: 'engine-test', replica: true })
  try {
    return await bringUpToDate({ live, copy, observe })
  } finally {
    await closeSide(copy)
    await closeSide(live)
  }
}

async function startWriter(portal: Portal, seed: number): Promise<() => Promise<number>> {
  const client = new Client({ connectionString: portal.url })
  await client.connect()
  let stopped = false
  let writes = 0
  const writing = (async () => {
    while (!stopped) {
      const from = 1 + ((seed * 500 + writes * 7) % 1999)
      await client.query(`BEGIN; UPDATE crm.account SET money = money - 1 WHERE id = ${from}; UPDATE crm.account SET money = money + 1 WHERE id = ${from + 1};
        DELETE FROM crm.account WHERE id = ${from}; INSERT INTO crm.account SELECT ${from}, 200000 - sum(money) FROM crm.account; ROLLBACK;
        BEGIN; UPDATE crm.account SET money = money - 1 WHERE id = ${from}; UPDATE crm.account SET money = money + 1 WHERE id = ${from + 1}; COMMIT`)
      writes++
    }
    await client.end()
    return writes
  })()
  return () => {
    stopped = true
    return writing
  }
}

function objectsOf(server: TestServer, database: string) {
  return server.query(
    database,
    `SELECT m.oid::text, lo_get(m.oid)::text AS body, lomacl::text AS rights, obj_description(m.oid, 'pg_largeobject') AS comment FROM pg_largeobject_metadata m ORDER BY 1`,
  )
}
