import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compare } from './compare.ts'
import type { EdgePolicy } from './restore.ts'
import type { Scope } from './scope.ts'
import { journalDirectory } from './testing/journal-directory.ts'
import { contentsOf, makePortal, restore, withSides } from './testing/portal.ts'
import { findServers, startServer, type TestServer } from './testing/servers.ts'

const crm: Scope = { kind: 'schemas', schemas: ['crm'] }

const portal = `CREATE SCHEMA crm; CREATE SCHEMA office;
  CREATE TABLE office.staff (id int PRIMARY KEY); INSERT INTO office.staff VALUES (1), (2), (3);
  CREATE TABLE crm.deal (region text, id int, keeper int REFERENCES office.staff ON DELETE SET NULL, PRIMARY KEY (region, id)); INSERT INTO crm.deal SELECT 'pl', g, 1 + g % 3 FROM generate_series(1, 30) AS g;
  CREATE TABLE office.task (id bigint PRIMARY KEY, region text, deal bigint, FOREIGN KEY (region, deal) REFERENCES crm.deal ON DELETE SET NULL (deal)); INSERT INTO office.task SELECT g, 'pl', g FROM generate_series(1, 20) AS g;
  CREATE TABLE office.note (region text, deal int, body text, FOREIGN KEY (region, deal) REFERENCES crm.deal ON DELETE CASCADE); INSERT INTO office.note VALUES ('pl', 1, 'same'), ('pl', 1, 'same');
  CREATE TABLE office.bill (region text NOT NULL, deal int NOT NULL, FOREIGN KEY (region, deal) REFERENCES crm.deal)`

const newer = `INSERT INTO crm.deal VALUES ('pl', 100, 1), ('pl', 101, 1); INSERT INTO office.task VALUES (100, 'pl', 100), (101, 'pl', 101), (102, 'pl', 101);
  INSERT INTO office.note VALUES ('pl', 100, 'twice'), ('pl', 100, 'twice')`

describe.each(findServers())('S71 references across the edge of the scope, on $label', (kind) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(kind)
  })
  afterAll(() => server.stop())

  test('are counted in the preview, edge by edge, both ways', async () => {
    const { url, run, copy } = await makePortal(server, portal)
    const snapshot = await copy()
    await run(
      `${newer}; DELETE FROM crm.deal WHERE id = 3; UPDATE crm.deal SET keeper = 2 WHERE keeper = 1; DELETE FROM office.staff WHERE id = 1`,
    )
    const { edges } = await withSides(url, snapshot.url, (live, copied) => compare(live, copied, crm))
    expect(
      edges.map(({ edge, direction, columns, nullable, danglingRows }) => [
        edge,
        direction,
        columns.join(),
        nullable,
        danglingRows,
      ]),
    ).toEqual([
      ['crm.deal.deal_keeper_fkey', 'outward', 'keeper', true, 10],
      ['office.task.task_region_deal_fkey', 'inward', 'region,deal', true, 3],
      ['office.note.note_region_deal_fkey', 'inward', 'region,deal', true, 2],
      ['office.bill.bill_region_deal_fkey', 'inward', 'region,deal', false, 0],
    ])
  })

  test('null: nulled and counted; undo gives each back where it is still null', async () => {
    const { url, run, copy } = await makePortal(server, portal)
    const snapshot = await copy()
    await run(newer)
    const safety = await copy()
    const changed = await contentsOf(url)
    const journal = journalDirectory()
    const outcome = await restore(url, snapshot.url, crm, { journalDirectory: journal })
    expect(outcome).toMatchObject({
      counts: {
        references: [
          { edge: 'office.task.task_region_deal_fkey', rows: 3, became: 'nulled' },
          { edge: 'office.note.note_region_deal_fkey', rows: 2, became: 'nulled' },
        ],
      },
    })
    // ON DELETE SET NULL (deal) names one column only.
    expect(await run('SELECT region, deal FROM office.task WHERE id >= 100')).toEqual(
      Array.from({ length: 3 }, () => ({ region: 'pl', deal: null })),
    )
    const undone = await restore(url, safety.url, crm, { giveBackFrom: journal })
    expect(undone).toMatchObject({ counts: { referencesGivenBack: 5 } })
    expect(await contentsOf(url)).toEqual(changed)
  })

  test('undo leaves alone what somebody has filled in since', async () => {
    const { url, run, copy } = await makePortal(server, portal)
    const snapshot = await copy()
    await run(newer)
    const safety = await copy()
    const journal = journalDirectory()
    await restore(url, snapshot.url, crm, { journalDirectory: journal })
    await run('UPDATE office.task SET deal = 5 WHERE id = 100')
    expect(await restore(url, safety.url, crm, { giveBackFrom: journal })).toMatchObject({
      counts: { referencesGivenBack: 4 },
    })
    expect(await run('SELECT deal::int FROM office.task WHERE id IN (100, 101) ORDER BY id')).toEqual([
      { deal: 5 },
      { deal: 101 },
    ])
  })

  test('keep: counted and left; refuse: nothing is written', async () => {
    const { url, run, copy } = await makePortal(server, portal)
    const snapshot = await copy()
    await run(newer)
    const by = (note: EdgePolicy) => ({
      edges: { byEdge: { 'office.note.note_region_deal_fkey': note }, otherwise: 'null' as const },
    })
    const refused = await restore(url, snapshot.url, crm, by('refuse'))
    expect(refused).toMatchObject({
      refusal: { code: 'reference_refused', facts: { edge: 'office.note.note_region_deal_fkey', rows: 2 } },
    })
    expect(await run('SELECT count(*)::int AS n FROM crm.deal WHERE id >= 100')).toEqual([{ n: 2 }])
    expect(await restore(url, snapshot.url, crm, by('keep'))).toMatchObject({
      counts: { references: [{ became: 'nulled' }, { rows: 2, became: 'kept' }] },
    })
    expect(await run('SELECT deal FROM office.note WHERE deal >= 100')).toEqual([{ deal: 100 }, { deal: 100 }])
  })

  test('a reference that cannot be null is refused, with its count', async () => {
    const { url, run, copy } = await makePortal(server, portal)
    const snapshot = await copy()
    await run(`${newer}; INSERT INTO office.bill VALUES ('pl', 100)`)
    expect(await restore(url, snapshot.url, crm)).toMatchObject({
      refusal: { code: 'reference_not_nullable', facts: { edge: 'office.bill.bill_region_deal_fkey', rows: 1 } },
    })
  })

  test('rows that come back and point outside at nothing are nulled too, and the server agrees that the key holds', async () => {
    const { url, run, copy } = await makePortal(server, portal)
    const snapshot = await copy()
    await run(
      'DELETE FROM crm.deal WHERE keeper = 1 AND id > 20; UPDATE crm.deal SET keeper = 2 WHERE keeper = 1; DELETE FROM office.staff WHERE id = 1',
    )
    expect(await restore(url, snapshot.url, crm)).toMatchObject({
      counts: { references: [{ edge: 'crm.deal.deal_keeper_fkey', direction: 'outward', rows: 10, became: 'nulled' }] },
    })
    await run(
      'ALTER TABLE crm.deal DROP CONSTRAINT deal_keeper_fkey; ALTER TABLE crm.deal ADD FOREIGN KEY (keeper) REFERENCES office.staff',
    )
    expect(await run('SELECT count(*)::int AS n FROM crm.deal')).toEqual([{ n: 30 }])
  })
})
