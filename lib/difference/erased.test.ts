import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { carryProtected } from './carry-protected.ts'
import { copyWithBaseline } from './compare/testing/histories.ts'
import { compare } from './compare.ts'
import type { CompareWay } from './difference.ts'
import type { ErasedRecords, Protection } from './protection.ts'
import type { Scope } from './scope.ts'
import { closeSide, openSide, rows } from './side.ts'
import { makePortal, type Portal, restore, withSides } from './testing/portal.ts'
import { chosen, preview, putBackIn, undoIn } from './testing/put-back.ts'
import { findServers, startServer, type TestServer } from './testing/servers.ts'

/** Bob (2) and Cleo (3) are customers of everything; Anna (1) and Dan (4) are nobody special. */
const portalSql = `
  CREATE TABLE company (id int PRIMARY KEY, name text);
  CREATE TABLE contact (id int PRIMARY KEY, name text NOT NULL, boss int REFERENCES contact, company int REFERENCES company, photo oid);
  CREATE TABLE deal (id int PRIMARY KEY, title text, contact int REFERENCES contact);
  CREATE TABLE address (id int PRIMARY KEY, contact int REFERENCES contact ON DELETE CASCADE, street text);
  CREATE TABLE activity (id int PRIMARY KEY, contact int NOT NULL REFERENCES contact, what text);
  CREATE TABLE remark (activity int NOT NULL REFERENCES activity, said text);
  CREATE TABLE visit (contact int, day date, at text, PRIMARY KEY (contact, day)) PARTITION BY RANGE (day);
  CREATE TABLE visit_old PARTITION OF visit FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
  CREATE TABLE visit_new PARTITION OF visit FOR VALUES FROM ('2026-01-01') TO (MAXVALUE);
  INSERT INTO company VALUES (1, 'Acme');
  INSERT INTO contact VALUES (1, 'Anna', NULL, 1, NULL), (2, 'Bob', 1, 1, lo_from_bytea(0, 'Bob’s face')), (3, 'Cleo', 2, NULL, NULL), (4, 'Dan', 2, NULL, NULL);
  INSERT INTO deal VALUES (1, 'of Anna', 1), (2, 'of Bob', 2), (3, 'also of Bob', 2), (4, 'of Cleo', 3);
  INSERT INTO address VALUES (1, 1, 'High Street'), (2, 2, 'Low Street'), (3, 3, 'Side Street');
  INSERT INTO activity VALUES (1, 1, 'Anna called'), (2, 2, 'Bob called'), (3, 2, 'Bob wrote'), (4, 3, 'Cleo called');
  INSERT INTO remark VALUES (1, 'of Anna'), (2, 'of Bob'), (2, 'of Bob'), (4, 'of Cleo');
  INSERT INTO visit VALUES (2, '2025-05-05', 'home'), (2, '2026-05-05', 'work'), (1, '2026-05-05', 'work')`

/** Bob was deleted with all that hung on him, Cleo was overwritten; both had asked for it. Then a mistake: Anna's calls and Dan went, a deal was renamed, one is new. */
const sinceThen = `
  UPDATE deal SET contact = NULL WHERE contact = 2;
  UPDATE contact SET boss = NULL WHERE boss = 2;
  DELETE FROM remark WHERE activity IN (2, 3);
  DELETE FROM activity WHERE contact = 2;
  DELETE FROM visit WHERE contact = 2 AND day < '2026-01-01';
  SELECT lo_unlink(photo) FROM contact WHERE id = 2;
  DELETE FROM contact WHERE id = 2;
  INSERT INTO company VALUES (2, 'Newest');
  UPDATE contact SET name = 'erased', company = 2 WHERE id = 3;
  DELETE FROM remark WHERE activity = 1;
  DELETE FROM activity WHERE id = 1;
  DELETE FROM contact WHERE id = 4;
  UPDATE deal SET title = 'renamed' WHERE id IN (1, 3);
  INSERT INTO deal VALUES (9, 'newest', 3)`

const table = (name: string) => ({ schema: 'public', name })
const contacts = (...ids: string[]): ErasedRecords => ({ table: table('contact'), columns: ['id'], keys: ids.map((id) => [id]) })
const visits: ErasedRecords = { table: table('visit'), columns: ['contact', 'day'], keys: [['2', '2025-05-05']] }
const protection: Protection = { tables: [], columns: [], erased: [contacts('2', '3', '77'), visits] }
const full: Scope = { kind: 'all', protection }

describe.each(findServers())('erased records, on $label', (kind) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(kind, { fsync: 'off', ...(kind.summarizesWal ? { summarize_wal: 'on' } : {}) })
  })
  afterAll(() => server.stop())

  const lost = async () => {
    const portal = await makePortal(server, portalSql)
    const snapshot = await copyWithBaseline(server, portal)
    await portal.run(sinceThen)
    return { portal, snapshot, safety: await portal.copy() }
  }
  const lines = async (portal: Portal, name: string, columns = 'a') =>
    (await portal.run(`SELECT concat_ws(' ', ${columns}) AS line FROM ${name} AS a ORDER BY 1`)).map(({ line }) => line)
  const people = (portal: Portal) => lines(portal, 'contact', "id, name, coalesce(boss::text, '-'), coalesce(company::text, '-')")

  /** All of Monday but those who asked to be forgotten. */
  const restored = async (portal: Portal) => {
    expect(await people(portal)).toEqual(['1 Anna - 1', '3 erased - -', '4 Dan - -'])
    expect(await lines(portal, 'deal', 'id, title, contact')).toEqual(['1 of Anna 1', '2 of Bob', '3 also of Bob', '4 of Cleo 3'])
    expect(await lines(portal, 'address', 'street')).toEqual(['High Street', 'Side Street'])
    expect(await lines(portal, 'activity', 'what')).toEqual(['Anna called', 'Cleo called'])
    expect(await lines(portal, 'remark', 'said')).toEqual(['of Anna', 'of Cleo'])
    expect(await lines(portal, 'visit', 'contact, day')).toEqual(['1 2026-05-05', '2 2026-05-05'])
    expect(await portal.run('SELECT FROM pg_largeobject_metadata')).toEqual([])
  }

  test('S66 a restore in place brings neither the erased back nor what fell with them; references to them are emptied', async () => {
    const { portal, snapshot } = await lost()
    expect(await restore(portal.url, snapshot.url, full)).toMatchObject({ outcome: 'committed' })
    await restored(portal)
    // What was emptied is no difference any more: nothing is left to be done, now or next time.
    expect(await restore(portal.url, snapshot.url, full)).toEqual({ outcome: 'nothing_to_do' })
    await portal.drop()
  })

  test('S66 by any way of comparing: no erased record counts as coming back or wiped; told is how many stay away', async () => {
    const { portal, snapshot } = await lost()
    const by = (ways: CompareWay[]) =>
      withSides(portal.url, snapshot.url, async (live, stored) => {
        const found = await compare(live, stored, full, { ways, baseline: snapshot.baseline })
        const tables = found.tables.map(({ table: { name }, missing, newer, changed }) => [
          name,
          missing.length,
          newer.length,
          changed.length,
        ])
        return { way: found.way, erased: found.erased, tables, objects: found.largeObjects }
      })
    const answer = {
      // Bob, Cleo and a visit; his address, two activities and two remarks.
      erased: { records: 3, fallen: 5 },
      // Dan · the renamed deals and the new one; the deal that only lost Bob stands as it is · Anna's call and what was said of it.
      tables: [
        ['company', 0, 1, 0],
        ['contact', 1, 0, 0],
        ['deal', 0, 1, 2],
        ['activity', 1, 0, 0],
        ['remark', 1, 0, 0],
      ],
      objects: [],
    }
    for (const way of ['exact', 'watermark', ...(kind.summarizesWal ? ['wal_summaries' as const] : [])] as const)
      expect(await by(way === 'exact' ? [] : [way])).toEqual({ ...answer, way })
    await portal.drop()
  })

  test('S66 an undo brings nobody back who was erased after the restore', async () => {
    const { portal, snapshot, safety } = await lost()
    const none: Scope = { kind: 'all' }
    await restore(portal.url, snapshot.url, none)
    await portal.run(
      `UPDATE deal SET contact = NULL WHERE contact = 1; DELETE FROM remark WHERE activity = 1; DELETE FROM activity WHERE contact = 1;
       DELETE FROM address WHERE contact = 1; UPDATE contact SET boss = NULL; DELETE FROM contact WHERE id = 1`,
    )
    const anna: Scope = { kind: 'all', protection: { tables: [], columns: [], erased: [contacts('1')] } }
    expect(await restore(portal.url, safety.url, anna)).toMatchObject({ outcome: 'committed' })
    expect(await people(portal)).toEqual(['3 erased - 2'])
    expect(await lines(portal, 'address', 'street')).toEqual(['Side Street'])
    await portal.drop()
  })

  test('S66 erased between the comparison and the lock: deleted stays deleted, overwritten stays overwritten', async () => {
    const { portal, snapshot } = await lost()
    const both: Scope = { kind: 'all', protection: { tables: [], columns: [], erased: [contacts('1', '2', '3')] } }
    await portal.run('UPDATE deal SET contact = NULL WHERE contact = 1; DELETE FROM address WHERE contact = 1')
    const outcome = await restore(portal.url, snapshot.url, both, {
      onTransaction: async () => {
        await portal.run(`DELETE FROM contact WHERE id = 1; UPDATE contact SET name = 'erased again' WHERE id = 3`)
      },
    })
    // Anna's call was to come back; it cannot be without her, so nothing is done, and the next run knows.
    expect(outcome).toMatchObject({ outcome: 'refused', refusal: { code: 'reference_not_nullable' } })
    expect(await people(portal)).toEqual(['3 erased again - 2'])
    expect(await restore(portal.url, snapshot.url, both)).toMatchObject({ outcome: 'committed' })
    expect(await people(portal)).toEqual(['3 erased again - -', '4 Dan - -'])
    expect(await lines(portal, 'activity', 'what')).toEqual(['Cleo called'])
    await portal.drop()
  })

  test('S66 a put-back of what hung on an erased record, or of everything, brings neither; its undo neither', async () => {
    const { portal, snapshot, safety } = await lost()
    const journalDirectory = mkdtempSync(join(tmpdir(), 'erased-'))
    const asked = [chosen('public.contact'), chosen('public.activity'), chosen('public.address')]
    const seen = await preview(portal.url, snapshot.url, asked, { scope: full })
    expect(seen.preview.tables.map(({ table: { name }, chosen: all }) => [name, all])).toEqual([
      ['activity', 1],
      ['remark', 0],
    ])
    // Dan's boss was Bob: that is said, and left out (S72).
    expect(seen.preview.conflicts).toMatchObject([{ kind: 'dangling', row: { id: '4' } }])
    const done = await putBackIn(portal.url, snapshot.url, asked, { scope: full, leaveOutConflicts: true, journalDirectory })
    expect(done).toMatchObject({ outcome: 'committed' })
    expect(await people(portal)).toEqual(['1 Anna - 1', '3 erased - 2'])
    expect(await lines(portal, 'activity', 'what')).toEqual(['Anna called', 'Cleo called'])
    // Asked for by name, nobody comes either.
    const bob = await preview(portal.url, snapshot.url, [chosen('public.contact', ['2'])], { scope: full })
    expect(bob.preview.tables).toEqual([])
    expect(await undoIn(portal.url, safety.url, journalDirectory, { protection })).toMatchObject({ outcome: 'committed' })
    expect(await people(portal)).toEqual(['1 Anna - 1', '3 erased - 2'])
    rmSync(journalDirectory, { recursive: true })
    await portal.drop()
  })

  test('S66 what an erased record named of large objects is not in a database that is to take live’s place either', async () => {
    const { portal, snapshot } = await lost()
    const journalDirectory = mkdtempSync(join(tmpdir(), 'erased-'))
    await withSides(portal.url, snapshot.url, async (live) => {
      const copy = await openSide({ connectionString: snapshot.url, applicationName: 'engine-test', replica: true })
      const order = { copy, live, protection, edges: { byEdge: {}, otherwise: 'refuse' as const }, journalDirectory }
      const { references } = await carryProtected(order)
      // Dan's boss, two deals; and Cleo's newest company, which the copy does not know.
      expect(references.map(({ edge, rows: count, became }) => [edge, count, became]).sort()).toEqual([
        ['public.contact.contact_boss_fkey', 1, 'nulled'],
        ['public.contact.contact_company_fkey', 1, 'nulled'],
        ['public.deal.deal_contact_fkey', 1, 'nulled'],
      ])
      const of = (sql: string) => rows(copy, sql)
      expect(await of(`SELECT id, name, boss, company FROM public.contact ORDER BY id`)).toEqual([
        { id: 1, name: 'Anna', boss: null, company: 1 },
        { id: 3, name: 'erased', boss: null, company: null },
        { id: 4, name: 'Dan', boss: null, company: null },
      ])
      expect(await of('SELECT FROM pg_largeobject_metadata')).toEqual([])
      expect(await of('SELECT said FROM public.remark ORDER BY 1')).toEqual([{ said: 'of Anna' }, { said: 'of Cleo' }])
      await closeSide(copy)
    })
    rmSync(journalDirectory, { recursive: true })
    await portal.drop()
  })

  test('S66 code of the portal’s own that brings an erased record back stops the restore: it cannot finish, and the portal is as it was', async () => {
    const reviving = `CREATE FUNCTION revive() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
        IF current_setting('session_replication_role') = 'replica' THEN INSERT INTO public.contact VALUES (2, 'Bob') ON CONFLICT DO NOTHING; END IF;
        RETURN true; END $$;
      ALTER TABLE deal ADD CHECK (revive())`
    const portal = await makePortal(server, `${portalSql}; ${reviving}`)
    const snapshot = await portal.copy()
    await portal.run(sinceThen)
    const before = await people(portal)
    const refusal = { code: 'erased_returned', facts: { tables: ['public.contact'] } }
    expect(await restore(portal.url, snapshot.url, full)).toEqual({ outcome: 'refused', refusal })
    expect(await people(portal)).toEqual(before)
    await portal.drop()
  })

  test('S66 a key that its column can no longer hold names nobody, and stops nothing', async () => {
    const { portal, snapshot } = await lost()
    const odd = [
      contacts('Bob', '', '9'.repeat(30)),
      { table: table('contact'), columns: ['number'], keys: [['2']] },
      { ...visits, table: table('gone') },
    ]
    const scope: Scope = { kind: 'all', protection: { tables: [], columns: [], erased: odd } }
    expect(await restore(portal.url, snapshot.url, scope)).toMatchObject({ outcome: 'committed' })
    expect((await people(portal)).length).toBe(4)
    await portal.drop()
  })
})
