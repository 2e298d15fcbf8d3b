import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compare } from './compare.ts'
import { countsOf } from './difference.ts'
import { compareKept } from './kept.ts'
import type { Protection } from './protection.ts'
import type { Scope } from './scope.ts'
import { makePortal, type Portal, restore, withSides } from './testing/portal.ts'
import { findServers, startServer, type TestServer } from './testing/servers.ts'

const portalSql = `
  CREATE TABLE person (id int PRIMARY KEY, name text NOT NULL, active boolean NOT NULL, role text NOT NULL, hash text);
  CREATE TABLE contact (id int PRIMARY KEY, name text NOT NULL, mail boolean NOT NULL);
  CREATE TABLE deal (id int PRIMARY KEY, title text, owner int REFERENCES person);
  CREATE TABLE audit (id int GENERATED ALWAYS AS IDENTITY, what text, deal int REFERENCES deal);
  CREATE TABLE seat (id int PRIMARY KEY, deal int REFERENCES deal);
  INSERT INTO person VALUES (1, 'Anna', true, 'admin', 'h1'), (2, 'Bram', true, 'admin', 'h2'), (3, 'Cleo', true, 'user', 'h3');
  INSERT INTO contact VALUES (1, 'Dora', true), (2, 'Emil', true), (3, 'Fay', true);
  INSERT INTO deal VALUES (1, 'first', 1), (2, 'second', 2), (3, 'third', 3);
  INSERT INTO audit (what, deal) VALUES ('first made', 1), ('second made', 2);
  INSERT INTO seat VALUES (1, 1), (2, 2)`

/** Since the snapshot: Bram left and was renamed meanwhile, Cleo's account was removed, Gert was invited; Dora opted out and was renamed, Fay was deleted. */
const sinceThen = `
  UPDATE person SET active = false, role = 'none', hash = NULL WHERE id = 2;
  UPDATE person SET name = 'Bram V.' WHERE id = 2;
  UPDATE person SET hash = 'h1 new' WHERE id = 1;
  DELETE FROM seat WHERE deal = 1;
  UPDATE audit SET deal = NULL WHERE deal = 1;
  DELETE FROM deal WHERE id IN (1, 3);
  DELETE FROM person WHERE id = 3;
  INSERT INTO person VALUES (4, 'Gert', true, 'user', 'h4');
  UPDATE contact SET mail = false, name = 'Dora L.' WHERE id = 1;
  UPDATE contact SET mail = false WHERE id = 2;
  DELETE FROM contact WHERE id = 3;
  INSERT INTO deal VALUES (9, 'newest', 4);
  INSERT INTO audit (what, deal) VALUES ('first deleted', NULL), ('newest made', 9)`

const table = (name: string) => ({ schema: 'public', name })
const protection: Protection = {
  tables: [table('audit'), table('seat')],
  columns: [
    {
      table: table('person'),
      columns: [
        { name: 'active', whenBack: { set: 'false' } },
        { name: 'role', whenBack: 'as_then' },
        { name: 'hash', whenBack: { set: null } },
      ],
    },
    { table: table('contact'), columns: [{ name: 'mail', whenBack: { set: 'false' } }] },
  ],
}
const full: Scope = { kind: 'all', protection }

describe.each(findServers())('protected data, on $label', (kind) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(kind)
  })
  afterAll(() => server.stop())

  const people = (portal: Portal) => portal.run('SELECT * FROM person ORDER BY id')
  const contacts = (portal: Portal) => portal.run('SELECT * FROM contact ORDER BY id')
  const lost = async () => {
    const portal = await makePortal(server, portalSql)
    const snapshot = await portal.copy()
    await portal.run(sinceThen)
    return { portal, snapshot, safety: await portal.copy() }
  }

  test('S64 whoever left stays out: rows go back to what they were, access stays as it is today, a returning account has none', async () => {
    const { portal, snapshot, safety } = await lost()
    expect(await restore(portal.url, snapshot.url, full)).toMatchObject({ outcome: 'committed' })
    expect(await people(portal)).toEqual([
      { id: 1, name: 'Anna', active: true, role: 'admin', hash: 'h1 new' },
      { id: 2, name: 'Bram', active: false, role: 'none', hash: null },
      { id: 3, name: 'Cleo', active: false, role: 'user', hash: null },
    ])
    expect(await portal.run('SELECT id, title FROM deal ORDER BY id')).toEqual([
      { id: 1, title: 'first' },
      { id: 2, title: 'second' },
      { id: 3, title: 'third' },
    ])

    // The way back keeps today's access too: an account that a restore wiped does not come back with its password.
    expect(await restore(portal.url, safety.url, full)).toMatchObject({ outcome: 'committed' })
    expect(await people(portal)).toEqual([
      { id: 1, name: 'Anna', active: true, role: 'admin', hash: 'h1 new' },
      { id: 2, name: 'Bram V.', active: false, role: 'none', hash: null },
      { id: 4, name: 'Gert', active: false, role: 'user', hash: null },
    ])
    await portal.drop()
  })

  test('S65 a former owner does not return as owner, whether still there or deleted since, where only one owner is admitted', async () => {
    const owners = { table: table('person'), columns: [{ name: 'role', whenBack: { set: 'user' } }] }
    const sold: [string, string][] = [
      ['Anna is still there', "UPDATE person SET role = 'user', name = 'Anna B.' WHERE id = 1"],
      ['Anna has gone', 'DELETE FROM deal WHERE owner = 1; DELETE FROM person WHERE id = 1'],
    ]
    for (const [what, handedOver] of sold) {
      const portal = await makePortal(
        server,
        `${portalSql}; UPDATE person SET role = 'owner' WHERE id = 1; CREATE UNIQUE INDEX one_owner ON person (role) WHERE role = 'owner'`,
      )
      const snapshot = await portal.copy()
      await portal.run(
        `DELETE FROM audit WHERE deal = 1; DELETE FROM seat WHERE deal = 1; ${handedOver}; UPDATE person SET role = 'owner' WHERE id = 2`,
      )
      const outcome = await restore(portal.url, snapshot.url, { kind: 'all', protection: { tables: [], columns: [owners] } })
      expect(outcome, what).toMatchObject({ outcome: 'committed' })
      expect(await portal.run('SELECT id, name, role FROM person ORDER BY id'), what).toEqual([
        { id: 1, name: 'Anna', role: 'user' },
        { id: 2, name: 'Bram', role: 'owner' },
        { id: 3, name: 'Cleo', role: 'user' },
      ])
      await portal.drop()
    }
  })

  test('S67 an opt-out given since stands, also for a contact that changed; one that comes back is not subscribed', async () => {
    const { portal, snapshot } = await lost()
    await restore(portal.url, snapshot.url, full)
    expect(await contacts(portal)).toEqual([
      { id: 1, name: 'Dora', mail: false },
      { id: 2, name: 'Emil', mail: false },
      { id: 3, name: 'Fay', mail: false },
    ])
    await portal.drop()
  })

  test('S68 the audit log never shrinks; S71 what it says of a record that goes is nulled, counted beforehand', async () => {
    const { portal, snapshot } = await lost()
    const counted = await withSides(portal.url, snapshot.url, (live, stored) => compare(live, stored, full))
    expect(counted.edges.filter(({ danglingRows }) => danglingRows > 0)).toMatchObject([
      { edge: 'public.audit.audit_deal_fkey', direction: 'inward', danglingRows: 1 },
    ])
    const outcome = await restore(portal.url, snapshot.url, full)
    expect(outcome).toMatchObject({ counts: { references: [{ rows: 1, became: 'nulled' }] } })
    expect(await portal.run('SELECT what, deal FROM audit ORDER BY id')).toEqual([
      { what: 'first made', deal: null },
      { what: 'second made', deal: 2 },
      { what: 'first deleted', deal: null },
      { what: 'newest made', deal: null },
    ])
    await portal.drop()
  })

  test('S71 a protected column that points at a record which goes: refused, or kept as the settings say, and never nulled', async () => {
    const owners: Protection = {
      tables: [],
      columns: [{ table: table('deal'), columns: [{ name: 'owner', whenBack: 'as_then' }] }],
    }
    const scope: Scope = { kind: 'all', protection: owners }
    const portal = await makePortal(server, portalSql)
    const snapshot = await portal.copy()
    await portal.run(
      "INSERT INTO person VALUES (4, 'Gert', true, 'user', 'h4'); UPDATE deal SET owner = 4 WHERE id < 3; UPDATE deal SET title = 'x' WHERE id = 1",
    )
    const before = await portal.run('SELECT * FROM deal ORDER BY id')
    const asked = (otherwise: 'refuse' | 'null' | 'keep') =>
      restore(portal.url, snapshot.url, scope, { edges: { byEdge: {}, otherwise } })
    const facts = { edge: 'public.deal.deal_owner_fkey', rows: 2 }
    expect(await asked('refuse')).toMatchObject({ outcome: 'refused', refusal: { code: 'reference_refused', facts } })
    expect(await asked('null')).toMatchObject({ outcome: 'refused', refusal: { code: 'reference_not_nullable', facts } })
    expect(await portal.run('SELECT * FROM deal ORDER BY id'), 'nothing was done').toEqual(before)
    expect(await asked('keep')).toMatchObject({ outcome: 'committed', counts: { references: [{ ...facts, became: 'kept' }] } })
    expect(await portal.run('SELECT * FROM deal ORDER BY id')).toEqual([
      { id: 1, title: 'first', owner: 4 },
      { id: 2, title: 'second', owner: 4 },
      { id: 3, title: 'third', owner: 3 },
    ])
    await portal.drop()
  })

  test('what is protected is not part of the difference: not counted, and no reason to restore anything', async () => {
    const portal = await makePortal(server, portalSql)
    const snapshot = await portal.copy()
    await portal.run(
      `UPDATE person SET role = 'none', hash = NULL; UPDATE contact SET mail = NOT mail; DELETE FROM audit; DELETE FROM seat`,
    )
    const difference = await withSides(portal.url, snapshot.url, (live, stored) => compare(live, stored, full))
    expect(countsOf(difference)).toEqual({ missing: 0, newer: 0, changed: 0 })
    expect(await restore(portal.url, snapshot.url, full)).toEqual({ outcome: 'nothing_to_do' })
    await portal.drop()
  })

  test('S64 S67 S68 what would have gone back is counted where the scope reaches it, as far as tables are still the same', async () => {
    const { portal, snapshot } = await lost()
    const kept = (scope: Scope) => withSides(portal.url, snapshot.url, (live, stored) => compareKept(live, stored, scope))
    // A line of the log without a key that was changed counts as gone and new.
    expect(await kept(full)).toEqual({ tables: [{ rows: 4 }, { rows: 1 }], columns: [{ rows: 2 }, { rows: 2 }] })
    const people: Scope = { kind: 'tables', patterns: [{ table: 'person' }], protection }
    expect(await kept(people)).toEqual({ tables: [null, null], columns: [{ rows: 2 }, null] })
    await portal.run(
      `ALTER TABLE audit ADD COLUMN who text; ALTER TABLE person ADD COLUMN phone text; ALTER TABLE contact ALTER COLUMN mail TYPE text`,
    )
    expect(await kept(full)).toEqual({ tables: [{ rows: null }, { rows: 1 }], columns: [{ rows: 2 }, { rows: null }] })
    await portal.drop()
  })

  test('a revocation given while the restore waits for its lock stands', async () => {
    const { portal, snapshot } = await lost()
    await restore(portal.url, snapshot.url, full, {
      onTransaction: async () => {
        await portal.run(`UPDATE person SET active = false, hash = NULL WHERE id = 1; UPDATE contact SET mail = false`)
      },
    })
    expect((await people(portal))[0]).toEqual({ id: 1, name: 'Anna', active: false, role: 'admin', hash: null })
    await portal.drop()
  })

  test.each<[string, Protection, object]>([
    [
      'protected_gone',
      { tables: [table('audit_old')], columns: [] },
      { code: 'protected_gone', facts: { table: 'public.audit_old', column: null } },
    ],
    [
      'protected_gone',
      { tables: [], columns: [{ table: table('person'), columns: [{ name: 'token', whenBack: 'as_then' }] }] },
      { code: 'protected_gone', facts: { table: 'public.person', column: 'token' } },
    ],
    [
      'protected_without_key',
      { tables: [], columns: [{ table: table('audit'), columns: [{ name: 'what', whenBack: 'as_then' }] }] },
      { code: 'protected_without_key', facts: { table: 'public.audit' } },
    ],
    [
      'protected_without_key',
      { tables: [], columns: [{ table: table('person'), columns: [{ name: 'id', whenBack: 'as_then' }] }] },
      { code: 'protected_without_key', facts: { table: 'public.person' } },
    ],
  ])('a configuration that would protect nothing is refused, and nothing is touched: %s', async (_, wrong, refusal) => {
    const { portal, snapshot } = await lost()
    const before = await people(portal)
    expect(await restore(portal.url, snapshot.url, { kind: 'all', protection: wrong })).toMatchObject({
      outcome: 'refused',
      refusal,
    })
    expect(await people(portal)).toEqual(before)
    await portal.drop()
  })
})
