import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RestoreOutcome } from './restore.ts'
import { journalDirectory } from './testing/journal-directory.ts'
import { contentsOf, makePortal } from './testing/portal.ts'
import { chosen, preview, previewOfUndo, putBackIn, undoIn } from './testing/put-back.ts'
import { findServers, startServer, type TestServer } from './testing/servers.ts'

const sales = `CREATE SCHEMA crm; CREATE SCHEMA office;
  CREATE TABLE crm.company (id int PRIMARY KEY, name text NOT NULL);
  CREATE TABLE crm.contact (id int PRIMARY KEY, company int NOT NULL REFERENCES crm.company ON DELETE CASCADE, email text UNIQUE);
  CREATE TABLE crm.deal (id int PRIMARY KEY, contact int REFERENCES crm.contact ON DELETE SET NULL, company int REFERENCES crm.company ON DELETE CASCADE, title text);
  CREATE TABLE office.task (id int PRIMARY KEY, contact int REFERENCES crm.contact ON DELETE CASCADE, what text);
  INSERT INTO crm.company SELECT g, 'company ' || g FROM generate_series(1, 5) AS g;
  INSERT INTO crm.contact SELECT g, 1 + g % 5, 'p' || g || '@example.com' FROM generate_series(1, 20) AS g;
  INSERT INTO crm.deal SELECT g, 1 + g % 20, 1 + (1 + g % 20) % 5, 'deal ' || g FROM generate_series(1, 40) AS g;
  INSERT INTO office.task SELECT g, 1 + g % 20, 'call' FROM generate_series(1, 40) AS g`

describe.each(findServers())('put back, on $label', (kind) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(kind, { fsync: 'off' })
  })
  afterAll(() => server.stop())

  test('a record comes back with its children and theirs, across schemas; what is newer stays, and the undo takes out just that', async () => {
    const { url, run, copy } = await makePortal(server, sales)
    const snapshot = await copy()
    const then = await contentsOf(url)
    await run('DELETE FROM crm.company WHERE id = 2')
    await run(
      `UPDATE crm.company SET name = 'newer' WHERE id = 3; INSERT INTO crm.deal VALUES (100, 5, 1, 'newer'); DELETE FROM crm.deal WHERE id = 2`,
    )
    const safety = await copy()
    const before = await contentsOf(url)
    const journal = journalDirectory()
    const seen = await preview(url, snapshot.url, [chosen('crm.company', ['2'])])
    expect(seen.refusal).toBeNull()
    expect(seen.preview.tables).toEqual([
      { table: { schema: 'crm', name: 'company' }, chosen: 1, children: 0, parents: 0 },
      { table: { schema: 'crm', name: 'contact' }, chosen: 0, children: 4, parents: 0 },
      { table: { schema: 'crm', name: 'deal' }, chosen: 0, children: 8, parents: 0 },
      { table: { schema: 'office', name: 'task' }, chosen: 0, children: 8, parents: 0 },
    ])
    expect(await contentsOf(url)).toEqual(before)
    const done = await putBackIn(url, snapshot.url, [chosen('crm.company', ['2'])], {
      consented: seen.rows,
      journalDirectory: journal,
    })
    expect(done).toMatchObject({ outcome: 'committed' })
    const after = await contentsOf(url)
    // Everything as it was then, but for what had been changed, added, or deleted and not chosen.
    const expected = { ...then, 'crm.company': after['crm.company'], 'crm.deal': after['crm.deal'] }
    expect(after).toEqual(expected)
    expect(await run(`SELECT name FROM crm.company WHERE id IN (2, 3) ORDER BY id`)).toEqual([
      { name: 'company 2' },
      { name: 'newer' },
    ])
    expect(await run('SELECT count(*)::int AS n, bool_or(id = 100) AS newer, bool_or(id = 2) AS other FROM crm.deal')).toEqual([
      { n: 40, newer: true, other: false },
    ])
    expect(await undoIn(url, safety.url, journal)).toMatchObject({ outcome: 'committed' })
    expect(await contentsOf(url)).toEqual(before)
    expect(await undoIn(url, safety.url, journal)).toEqual({ outcome: 'nothing_to_do' })
  })

  test('a row whose parent is gone brings the parent, which is named; the parent’s other children stay away', async () => {
    const { url, run, copy } = await makePortal(server, sales)
    const snapshot = await copy()
    await run('DELETE FROM crm.company WHERE id = 2')
    const { preview: told, refusal } = await preview(url, snapshot.url, [chosen('office.task', ['1'])])
    expect(refusal).toBeNull()
    // Task 1 is of contact 2, of company 3, which stands; task 20 is of contact 1, of company 2.
    expect(told).toMatchObject({ tables: [], notMissing: [{ key: ['1'] }] })
    const gone = await preview(url, snapshot.url, [chosen('office.task', ['20'])])
    expect(gone.preview.parents).toEqual([
      { table: { schema: 'crm', name: 'company' }, row: { id: '2' } },
      { table: { schema: 'crm', name: 'contact' }, row: { id: '1' } },
    ])
    expect(await putBackIn(url, snapshot.url, [chosen('office.task', ['20'])])).toMatchObject({ outcome: 'committed' })
    expect(await run('SELECT id FROM crm.contact WHERE company = 2')).toEqual([{ id: 1 }])
    expect(await run('SELECT id FROM office.task WHERE contact = 1')).toEqual([{ id: 20 }])
  })

  test('S72 made again by hand: listed with both rows, refused, and left out with all that hangs on it only if asked for', async () => {
    const { url, run, copy } = await makePortal(server, sales)
    const snapshot = await copy()
    await run('DELETE FROM crm.contact WHERE id IN (1, 2)')
    await run(`INSERT INTO crm.contact VALUES (900, 3, 'p1@example.com')`)
    const before = await contentsOf(url)
    const records = [chosen('crm.contact')]
    const seen = await preview(url, snapshot.url, records)
    const conflict = {
      kind: 'taken',
      table: { schema: 'crm', name: 'contact' },
      constraint: 'contact_email_key',
      row: { id: '1' },
      inTheWay: { table: { schema: 'crm', name: 'contact' }, row: { id: '900' } },
    }
    expect(seen.preview.conflicts).toEqual([conflict])
    expect(seen.preview.leftOut).toEqual([
      { table: { schema: 'crm', name: 'contact' }, rows: 1 },
      { table: { schema: 'office', name: 'task' }, rows: 2 },
    ])
    expect(seen.refusal).toMatchObject({ code: 'put_back_conflicts', facts: { conflicts: 1 } })
    expect(refusalOf(await putBackIn(url, snapshot.url, records))).toMatchObject({ code: 'put_back_conflicts' })
    expect(await contentsOf(url)).toEqual(before)
    expect(await putBackIn(url, snapshot.url, records, { leaveOutConflicts: true, consented: seen.rows })).toMatchObject({
      outcome: 'committed',
    })
    expect(await run('SELECT id FROM crm.contact WHERE id IN (1, 2, 900) ORDER BY id')).toEqual([{ id: 2 }, { id: 900 }])
    expect(await run('SELECT count(*)::int AS n FROM office.task WHERE contact IS NULL OR contact = 1')).toEqual([{ n: 0 }])
  })

  test('S72 its very key taken: the record named is in conflict, its children are hung on nobody else', async () => {
    const { url, run, copy } = await makePortal(server, sales)
    const snapshot = await copy()
    await run('DELETE FROM crm.contact WHERE id = 1')
    await run(`INSERT INTO crm.contact VALUES (1, 3, 'somebody@else.example')`)
    const seen = await preview(url, snapshot.url, [chosen('crm.contact', ['1'])])
    expect(seen.preview.conflicts).toMatchObject([
      { kind: 'taken', constraint: 'contact_pkey', row: { id: '1' }, inTheWay: { row: { id: '1' } } },
    ])
    expect(seen.preview.tables).toEqual([])
    expect(seen.preview.leftOut).toMatchObject([{ rows: 1 }, { table: { name: 'task' }, rows: 2 }])
    expect(await putBackIn(url, snapshot.url, [chosen('crm.contact', ['1'])], { leaveOutConflicts: true })).toEqual({
      outcome: 'nothing_to_do',
    })
  })

  test('its undo leaves alone what was changed or is pointed at since, names it, and takes out the rest only if asked to', async () => {
    const { url, run, copy } = await makePortal(server, sales)
    const snapshot = await copy()
    await run('DELETE FROM crm.company WHERE id = 2')
    const safety = await copy()
    const journal = journalDirectory()
    await putBackIn(url, snapshot.url, [chosen('crm.company', ['2'])], { journalDirectory: journal })
    await run(`UPDATE office.task SET what = 'called' WHERE id = 20; INSERT INTO crm.deal VALUES (500, NULL, 2, 'since')`)
    const before = await contentsOf(url)
    const seen = await previewOfUndo(url, safety.url, journal)
    expect(seen.conflicts.map(({ kind, constraint, row, inTheWay }) => [kind, constraint, row, inTheWay?.row ?? null])).toEqual([
      ['changed', null, { id: '20' }, null],
      ['pointed_at', 'deal_company_fkey', { id: '2' }, { id: '500' }],
      ['pointed_at', 'task_contact_fkey', { id: '1' }, { id: '20' }],
    ])
    expect(refusalOf(await undoIn(url, safety.url, journal))).toMatchObject({ code: 'put_back_conflicts' })
    expect(await contentsOf(url)).toEqual(before)
    expect(await undoIn(url, safety.url, journal, { leaveOutConflicts: true, consented: seen.rows })).toMatchObject({
      outcome: 'committed',
    })
    expect(await run('SELECT id FROM crm.contact WHERE company = 2')).toEqual([{ id: 1 }])
    expect(await run('SELECT id, what FROM office.task WHERE contact IN (SELECT id FROM crm.contact WHERE company = 2)')).toEqual(
      [{ id: 20, what: 'called' }],
    )
    expect(await run('SELECT id FROM crm.deal WHERE company = 2')).toEqual([{ id: 500 }])
  })
})

function refusalOf(outcome: RestoreOutcome) {
  return outcome.outcome === 'refused' ? outcome.refusal : outcome
}
