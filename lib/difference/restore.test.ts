import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compare } from './compare.ts'
import type { RestoreOutcome } from './restore.ts'
import { schemaFingerprint } from './schema-fingerprint.ts'
import type { Scope } from './scope.ts'
import { closeSide, openSide } from './side.ts'
import { nastyChanges, nastyStands } from './testing/nasty.ts'
import {
  contentsOf,
  journalDirectory,
  loadNasty,
  makePortal,
  type Portal,
  restore,
  rowsOnly,
  withSides,
} from './testing/portal.ts'
import { findServers, startServer, type TestServer } from './testing/servers.ts'

const servers = findServers()
const extensionOf = `SELECT e.oid::text, extname, extversion, count(d.objid)::text AS objects FROM pg_extension e
  LEFT JOIN pg_depend d ON d.refobjid = e.oid AND d.deptype = 'e' WHERE extname = 'citext' GROUP BY 1, 2, 3`
const crm: Scope = { kind: 'schemas', schemas: ['crm'] }

test('there is a PostgreSQL to try the engine on', () => {
  expect(servers.map(({ label }) => label)).toContain('PostgreSQL 18 (embedded)')
})

describe.each(servers)('a portal as nobody would design it, on $label', (kind) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(kind)
  })
  afterAll(() => server.stop())

  test.each<[string, Scope]>([
    ['crm', crm],
    ['full', { kind: 'all' }],
  ])(
    'S94 S98 S100 S101 S102 S103 %s: restored exactly, undone exactly, nothing woken, everything still bound',
    async (_, scope) => {
      const portal = await loadNasty(server)
      const snapshot = await portal.copy()
      const before = await contentsOf(portal.url)
      const schema = await fingerprintOf(portal.url)
      for (const change of nastyChanges) await portal.run(change)
      const safety = await portal.copy()
      const changed = await contentsOf(portal.url)

      const journal = journalDirectory()
      const outcome = await restore(portal.url, snapshot.url, scope, { journalDirectory: journal })
      expect(outcome).toMatchObject({ outcome: 'committed' })
      const after = await contentsOf(portal.url)
      expect(onlyCrm(after)).toEqual(onlyCrm(before))
      expect(await differenceOf(portal, snapshot.url, scope)).toEqual([])
      expect(await largeObjects(portal)).toEqual([
        { oid: '70001', body: 'first', comment: 'a scan', everyone: true },
        { oid: '70002', body: 'second', comment: null, everyone: false },
      ])
      for (const stands of nastyStands) expect([stands, (await portal.run(stands))[0]?.holds]).toEqual([stands, true])
      expect(await portal.run('SELECT v FROM crm.cache')).toEqual([{ v: 'not restored' }])
      // Names, functions, rights, trigger modes: what is no row is as it was, byte for byte.
      expect(await fingerprintOf(portal.url)).toEqual(schema)
      if (scope.kind === 'schemas')
        expect(await portal.run('SELECT client FROM office.task WHERE id IN (99, 100, 101)')).toEqual([
          { client: null },
          { client: null },
        ])

      const undone = await restore(portal.url, safety.url, scope, { giveBackFrom: journal })
      expect(undone).toMatchObject({ outcome: 'committed' })
      expect(rowsOnly(await contentsOf(portal.url))).toEqual(rowsOnly(changed))
      expect(await largeObjects(portal)).toEqual([
        { oid: '70002', body: 'SECOND', comment: null, everyone: false },
        { oid: '70003', body: 'third', comment: null, everyone: false },
      ])
      for (const stands of nastyStands) expect([stands, (await portal.run(stands))[0]?.holds]).toEqual([stands, true])
    },
  )

  test('S70 a restore never takes a sequence back, and moves one forward whose snapshot is ahead', async () => {
    const portal = await makePortal(
      server,
      `CREATE SCHEMA crm; CREATE SEQUENCE crm.up; CREATE SEQUENCE crm.down INCREMENT -1; CREATE SEQUENCE crm.reset; CREATE TABLE crm.t (id int);
       SELECT nextval('crm.up'), nextval('crm.down'), setval('crm.reset', 50)`,
    )
    const snapshot = await portal.copy()
    await portal.run(
      `SELECT setval('crm.up', 900), setval('crm.down', -900), setval('crm.reset', 3); INSERT INTO crm.t VALUES (1)`,
    )
    const outcome = await restore(portal.url, snapshot.url, crm)
    expect(outcome).toMatchObject({ counts: { sequences: [{ sequence: { name: 'reset' }, from: '3', to: '50' }] } })
    expect(
      await portal.run(`SELECT nextval('crm.up') AS up, nextval('crm.down') AS down, nextval('crm.reset') AS reset`),
    ).toEqual([{ up: '901', down: '-901', reset: '51' }])
  })

  test('a restore of what is equal does nothing and opens no transaction', async () => {
    const portal = await makePortal(server, 'CREATE SCHEMA crm; CREATE TABLE crm.t (id int); INSERT INTO crm.t VALUES (1)')
    const snapshot = await portal.copy()
    let begun = 0
    const outcome = await restore(portal.url, snapshot.url, crm, {
      onTransaction: async () => {
        begun++
      },
    })
    expect([outcome, begun]).toEqual([{ outcome: 'nothing_to_do' }, 0])
  })

  test('S95 an extension that lives in a schema of the scope is kept as one, with what it owns and what is typed by it', async () => {
    const portal = await makePortal(
      server,
      `CREATE SCHEMA crm; CREATE EXTENSION citext SCHEMA crm; CREATE TABLE crm.person (id int PRIMARY KEY, mail crm.citext UNIQUE);
       INSERT INTO crm.person VALUES (1, 'Ann@example.test'), (2, 'bo@example.test')`,
    )
    const snapshot = await portal.copy()
    const [before, extension] = [await contentsOf(portal.url), await portal.run(extensionOf)]
    await portal.run(`DELETE FROM crm.person WHERE id = 1; UPDATE crm.person SET mail = 'BO@example.test'`)
    expect(await restore(portal.url, snapshot.url, crm)).toMatchObject({ outcome: 'committed' })
    expect(await contentsOf(portal.url)).toEqual(before)
    expect(await portal.run(extensionOf)).toEqual(extension)
    expect(await portal.run(`SELECT id FROM crm.person WHERE mail OPERATOR(crm.=) 'ANN@EXAMPLE.TEST'`)).toEqual([{ id: 1 }])
  })

  test('S99 a row that its own CHECK no longer admits is named by table and constraint, and nothing is written', async () => {
    const portal = await makePortal(
      server,
      `CREATE SCHEMA crm; CREATE FUNCTION crm.fine(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
       CREATE TABLE crm.t (id int CONSTRAINT positive CHECK (crm.fine(id))); CREATE TABLE crm.u (id int); INSERT INTO crm.t VALUES (1); INSERT INTO crm.u VALUES (1)`,
    )
    const snapshot = await portal.copy()
    await portal.run(
      `DELETE FROM crm.t; DELETE FROM crm.u; CREATE OR REPLACE FUNCTION crm.fine(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT false'`,
    )
    const outcome = await restore(portal.url, snapshot.url, crm)
    expect(refusalOf(outcome)).toMatchObject({
      code: 'row_refused',
      facts: { tables: ['crm.t'], constraint: 'positive', sqlState: '23514' },
    })
    expect(await portal.run('SELECT FROM crm.u')).toEqual([])
  })

  test('a database that is read only, serializable and asynchronous by default is restored all the same, and keeps its defaults', async () => {
    const portal = await makePortal(
      server,
      'CREATE SCHEMA crm; CREATE TABLE crm.t (id int PRIMARY KEY); INSERT INTO crm.t VALUES (1)',
    )
    const snapshot = await portal.copy()
    await portal.run(
      `DELETE FROM crm.t; ALTER DATABASE ${portal.name} SET default_transaction_read_only = on; ALTER DATABASE ${portal.name} SET default_transaction_isolation = 'serializable';
       ALTER DATABASE ${portal.name} SET synchronous_commit = off; ALTER DATABASE ${portal.name} SET datestyle = 'German'; ALTER DATABASE ${portal.name} SET bytea_output = 'escape'`,
    )
    expect(await restore(portal.url, snapshot.url, crm)).toMatchObject({ outcome: 'committed' })
    expect(await portal.run('SELECT id, current_setting($$datestyle$$) AS style FROM crm.t')).toMatchObject([{ id: 1 }])
  })
})

function refusalOf(outcome: RestoreOutcome) {
  return outcome.outcome === 'refused' ? outcome.refusal : outcome
}

// What lies in crm, or descends from it; sequences never go back.
function onlyCrm(contents: Record<string, string[]>): Record<string, string[]> {
  return rowsOnly(Object.fromEntries(Object.entries(contents).filter(([name]) => !/^office\.(task|old_link)/.test(name))))
}

async function differenceOf(portal: Portal, snapshotUrl: string, scope: Scope): Promise<string[]> {
  return withSides(portal.url, snapshotUrl, async (live, snapshot) => {
    const difference = await compare(live, snapshot, scope)
    return [...difference.tables.map(({ table }) => table.name), ...difference.largeObjects.map(({ oid }) => `${oid}`)]
  })
}

async function fingerprintOf(url: string) {
  const side = await openSide({ connectionString: url, applicationName: 'engine-test' })
  try {
    return await schemaFingerprint(side)
  } finally {
    await closeSide(side)
  }
}

function largeObjects(portal: Portal) {
  return portal.run(
    `SELECT oid::text AS oid, convert_from(lo_get(oid), 'utf8') AS body, obj_description(oid, 'pg_largeobject') AS comment, coalesce(lomacl::text LIKE '%=r/%' AND lomacl::text LIKE '%,=r/%', false) AS everyone
     FROM pg_largeobject_metadata ORDER BY oid`,
  )
}
