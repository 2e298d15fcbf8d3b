import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compare } from './compare.ts'
import { findObstacles } from './find-obstacles.ts'
import type { Scope } from './scope.ts'
import { loadNasty, makePortal, restore, withSides } from './testing/portal.ts'
import { findServers, startServer, type TestServer } from './testing/servers.ts'

const crm: Scope = { kind: 'schemas', schemas: ['crm'] }

const portal = `CREATE SCHEMA crm; CREATE TYPE crm.stage AS ENUM ('open', 'won'); CREATE DOMAIN crm.price AS numeric CHECK (value > 0);
  CREATE TABLE crm.deal (id int PRIMARY KEY, stage crm.stage, price crm.price[], title text); INSERT INTO crm.deal VALUES (1, 'open', '{1}', 'a');
  CREATE TABLE crm.other (id int)`

describe.each(findServers())('what is refused or told before consent, on $label', (kind) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(kind)
  })
  afterAll(() => server.stop())

  test.each<[string, string, object[]]>([
    [
      'S108 a column added',
      'ALTER TABLE crm.deal ADD phone text',
      [{ code: 'structure_moved', facts: { name: 'crm.deal', details: ['added since: column phone: text'] } }],
    ],
    [
      'S108 a column dropped',
      'ALTER TABLE crm.deal DROP title',
      [{ code: 'structure_moved', facts: { name: 'crm.deal', details: ['gone since: column title: text'] } }],
    ],
    [
      'S108 a column retyped',
      'ALTER TABLE crm.deal ALTER title TYPE varchar(10)',
      [
        {
          code: 'structure_moved',
          facts: {
            name: 'crm.deal',
            details: ['added since: column title: character varying(10)', 'gone since: column title: text'],
          },
        },
      ],
    ],
    [
      'S108 an enum value renamed',
      `ALTER TYPE crm.stage RENAME VALUE 'won' TO 'lost'`,
      [
        {
          code: 'type_moved',
          facts: { name: 'crm.stage', details: [`in the snapshot: enum 'open', 'won'`, `now: enum 'open', 'lost'`] },
        },
      ],
    ],
    [
      'S108 a domain inside an array tightened',
      'ALTER DOMAIN crm.price ADD CONSTRAINT big CHECK (value > 5) NOT VALID',
      [{ code: 'type_moved', facts: { name: 'crm.price' } }],
    ],
    ['S108 a table added', 'CREATE TABLE crm.brand_new (id int)', [{ code: 'table_newer', facts: { name: 'crm.brand_new' } }]],
    [
      'S108 a table renamed',
      'ALTER TABLE crm.other RENAME TO another',
      [
        { code: 'table_newer', facts: { name: 'crm.another' } },
        { code: 'table_gone', facts: { name: 'crm.other' } },
      ],
    ],
    [
      'a foreign table',
      'CREATE EXTENSION file_fdw; CREATE SERVER f FOREIGN DATA WRAPPER file_fdw; DROP TABLE crm.other; CREATE FOREIGN TABLE crm.other (id int) SERVER f OPTIONS (filename $$/dev/null$$)',
      [{ code: 'structure_moved' }, { code: 'foreign_table', facts: { table: 'crm.other' } }],
    ],
    [
      'S98 a rule that is always on',
      'CREATE RULE r AS ON DELETE TO crm.deal DO INSTEAD NOTHING; ALTER TABLE crm.deal ENABLE ALWAYS RULE r',
      [{ code: 'rule_always', facts: { table: 'crm.deal', rules: ['r'] } }],
    ],
    [
      'a table published without replica identity',
      'CREATE PUBLICATION p FOR TABLE crm.other',
      [{ code: 'published_without_identity', facts: { table: 'crm.other', publication: 'p' } }],
    ],
  ])('%s', async (_, change, expected) => {
    const { url, run, copy } = await makePortal(server, portal)
    const snapshot = await copy()
    await run(change)
    const { refusals } = await withSides(url, snapshot.url, (live, copied) => findObstacles(live, copied, crm, 'in_place'))
    expect(refusals).toMatchObject(expected)
    expect(await restore(url, snapshot.url, crm)).toMatchObject({ outcome: 'refused', refusal: expected[0] })
  })

  test('a table dropped and made again the same way still fits, whatever its oid', async () => {
    const { url, run, copy } = await makePortal(server, `${portal}; INSERT INTO crm.other VALUES (7)`)
    const snapshot = await copy()
    await run('DROP TABLE crm.other; CREATE TABLE crm.other (id int)')
    expect(await restore(url, snapshot.url, crm)).toMatchObject({ outcome: 'committed' })
    expect(await run('SELECT id FROM crm.other')).toEqual([{ id: 7 }])
  })

  test('S106 a database is never restored from itself', async () => {
    const { url } = await makePortal(server, portal)
    const { refusals } = await withSides(url, url, (live, copied) => findObstacles(live, copied, crm, 'in_place'))
    expect(refusals).toMatchObject([{ code: 'same_database' }])
  })

  test('S104 what goes on around the scope is told: views, unlogged tables, triggers, prepared transactions, slots', async () => {
    const { name, url, run, copy } = await loadNasty(server)
    const snapshot = await copy()
    await run(`SELECT pg_create_logical_replication_slot('slot_${name}', 'pgoutput')`)
    await run(`BEGIN; INSERT INTO office.task VALUES (500, 5, 'p'); PREPARE TRANSACTION 'left over'`)
    const { notices, refusals } = await withSides(url, snapshot.url, (live, copied) =>
      findObstacles(live, copied, crm, 'in_place'),
    )
    expect(refusals).toEqual([])
    expect(notices.map(({ code, facts }) => [code, facts.name ?? facts.table])).toEqual([
      ['materialized_view_stale', 'office.how_many'],
      ['prepared_transaction', 'left over'],
      ['replication_slot', `slot_${name}`],
      ['always_trigger', 'crm.quiet'],
      ['always_trigger', 'crm.quiet'],
      ['unlogged_table', 'crm.cache'],
    ])
    const swap = await withSides(url, snapshot.url, (live, copied) => findObstacles(live, copied, { kind: 'all' }, 'swap'))
    expect(swap.refusals).toMatchObject([{ code: 'prepared_transaction', facts: { gid: 'left over' } }])
    await run(`ROLLBACK PREPARED 'left over'`)
    await run(`SELECT pg_drop_replication_slot('slot_${name}')`)
  })

  test('S98 an event trigger that is always on stops the switching off of triggers before PostgreSQL 17, and not after', async () => {
    const { url, run, copy } = await makePortal(
      server,
      `${portal}; CREATE FUNCTION crm.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''woken''; END';
       CREATE TRIGGER t BEFORE INSERT ON crm.deal FOR EACH ROW EXECUTE FUNCTION crm.f(); ALTER TABLE crm.deal ENABLE ALWAYS TRIGGER t;
       CREATE FUNCTION crm.e() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''seen''; END';
       CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION crm.e(); ALTER EVENT TRIGGER e ENABLE ALWAYS`,
    )
    const snapshot = await copy()
    await run('DELETE FROM crm.deal')
    const outcome = await restore(url, snapshot.url, crm)
    const before17 = kind.label.includes('15') || kind.label.includes('16')
    expect(outcome).toMatchObject(
      before17 ? { refusal: { code: 'event_trigger_always', facts: { eventTrigger: 'e' } } } : { outcome: 'committed' },
    )
    expect(await run('SELECT tgenabled::text AS mode FROM pg_trigger WHERE tgname = $$t$$')).toEqual([{ mode: 'A' }])
  })

  test('S97 a role without the rights is told which; with them, and without superuser, it restores all', async () => {
    const { name, url, run, copy } = await makePortal(
      server,
      `${portal}; ALTER TABLE crm.deal ENABLE ROW LEVEL SECURITY; CREATE POLICY none ON crm.deal USING (false); CREATE ROLE keeper_${process.pid} LOGIN`,
    )
    const role = `keeper_${process.pid}`
    const as = (address: string) => address.replace('postgres@', `${role}@`)
    const snapshot = await copy()
    await run('DELETE FROM crm.deal; INSERT INTO crm.other VALUES (1)')
    const first = await withSides(as(url), as(snapshot.url), (live, copied) => findObstacles(live, copied, crm, 'in_place'))
    expect(first.refusals.map(({ code, facts }) => [code, facts.table ?? facts.right])).toEqual([
      ['role_lacks_right', 'SET session_replication_role'],
      ['role_cannot_see_rows', 'crm.deal'],
      ['role_lacks_right', 'crm.deal'],
      ['role_lacks_right', 'crm.other'],
    ])
    await run(
      `ALTER ROLE ${role} BYPASSRLS; GRANT pg_read_all_data, pg_write_all_data TO ${role}; GRANT SET ON PARAMETER session_replication_role TO ${role}`,
    )
    expect(await restore(as(url), as(snapshot.url), crm)).toMatchObject({ outcome: 'committed' })
    expect(await run('SELECT id FROM crm.deal')).toEqual([{ id: 1 }])
    await server.query('postgres', `DROP DATABASE ${name}; `)
  })

  test('S100 S101 a scope is found by schema or pattern, with its descendants wherever they lie', async () => {
    const { url, copy } = await loadNasty(server)
    const snapshot = await copy()
    const compared = (scope: Scope) =>
      withSides(url, snapshot.url, async (live, copied) => (await compare(live, copied, scope)).tablesCompared)
    expect(await compared({ kind: 'tables', patterns: [{ schema: 'crm', table: 'event*' }] })).toBe(3)
    expect(await compared({ kind: 'tables', patterns: [{ table: 'person' }] })).toBe(2)
    expect(
      await compared({
        kind: 'tables',
        patterns: [
          { schema: 'crm', table: '%' },
          { schema: 'crm', table: '_____' },
        ],
      }),
    ).toBe(0)
    expect(await compared({ kind: 'tables', patterns: [{ schema: 'crm', table: 'Deals "big" 100% \\ 🙂' }] })).toBe(1)
    expect(await compared({ kind: 'tables', patterns: [{ schema: 'crm', table: '\u00e9' }] })).toBe(1)
  })
})
