import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Boundary } from './observe.ts'
import type { RestoreOutcome } from './restore.ts'
import { journalDirectory } from './testing/journal-directory.ts'
import { nastyChanges, nastyStands } from './testing/nasty.ts'
import { contentsOf, loadNasty, makePortal, type Portal } from './testing/portal.ts'
import { chosen, preview, putBackIn, undoIn } from './testing/put-back.ts'
import { findServers, startServer, type TestServer } from './testing/servers.ts'

describe.each(findServers())('put back, the traps, on $label', (kind) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(kind, { fsync: 'off' })
  })
  afterAll(() => server.stop())

  /** Loads, copies, spoils. */
  async function spoiled(made: string, change: string): Promise<Portal & { snapshot: string }> {
    const portal = await makePortal(server, `CREATE SCHEMA crm; ${made}`)
    const snapshot = await portal.copy()
    await portal.run(change)
    return { ...portal, snapshot: snapshot.url }
  }

  const uniques: [string, string, string, string][] = [
    ['deferrable', 'id int PRIMARY KEY, v int UNIQUE DEFERRABLE INITIALLY DEFERRED', '(1, 10), (2, 20)', '(9, 10)'],
    [
      'exclusion',
      'id int PRIMARY KEY, v int4range, EXCLUDE USING gist (v WITH &&)',
      `(1, '[1,5)'), (2, '[7,9)')`,
      `(9, '[3,6)')`,
    ],
    ['nulls not distinct', 'id int PRIMARY KEY, v int UNIQUE NULLS NOT DISTINCT', '(1, NULL), (2, 20)', '(9, NULL)'],
    ['blank-padded', 'id int PRIMARY KEY, v char(5) UNIQUE', `(1, 'ab'), (2, 'ax')`, `(9, 'ab')`],
    ['many columns', 'id int PRIMARY KEY, v text, w numeric DEFAULT 1.0, UNIQUE (w, v)', `(1, 'a'), (2, 'b')`, `(9, 'a', 1.00)`],
  ]
  test.each(uniques)('S103 unique: %s: the row in the way is named, the other comes back', async (_, columns, rows, newer) => {
    const { url, run, snapshot } = await spoiled(
      `CREATE TABLE crm.t (${columns}); INSERT INTO crm.t VALUES ${rows}`,
      `DELETE FROM crm.t; INSERT INTO crm.t VALUES ${newer}`,
    )
    const { preview: told } = await preview(url, snapshot, [chosen('crm.t')])
    expect(told.conflicts).toMatchObject([{ kind: 'taken', inTheWay: { table: { name: 't' } } }])
    const before = await contentsOf(url)
    expect(refusalOf(await putBackIn(url, snapshot, [chosen('crm.t')]))).toMatchObject({ code: 'put_back_conflicts' })
    expect(await contentsOf(url)).toEqual(before)
    await putBackIn(url, snapshot, [chosen('crm.t')], { leaveOutConflicts: true })
    expect(await run('SELECT id FROM crm.t ORDER BY id')).toEqual([{ id: 2 }, { id: 9 }])
    await run('SET CONSTRAINTS ALL IMMEDIATE')
  })

  test('S72 S103 its very key is taken, and the key is deferrable: in conflict when it was named, not missing when everything was', async () => {
    const { url, run, snapshot } = await spoiled(
      'CREATE TABLE crm.t (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED, v int); INSERT INTO crm.t VALUES (1, 10), (2, 20)',
      'DELETE FROM crm.t; INSERT INTO crm.t VALUES (1, 11)',
    )
    expect((await preview(url, snapshot, [chosen('crm.t', ['1'])])).preview.conflicts).toMatchObject([{ constraint: 't_pkey' }])
    expect(await putBackIn(url, snapshot, [chosen('crm.t')])).toMatchObject({ outcome: 'committed' })
    expect(await run('SELECT id, v FROM crm.t ORDER BY id')).toEqual([
      { id: 1, v: 11 },
      { id: 2, v: 20 },
    ])
  })

  test('S72 a unique index over an expression, for some rows only, in the portal’s own words', async () => {
    const { url, run, snapshot } = await spoiled(
      `CREATE FUNCTION crm.plain(t text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT lower(trim(t))';
       CREATE TABLE crm.t (id int PRIMARY KEY, mail text, gone boolean DEFAULT false);
       CREATE UNIQUE INDEX one_mail ON crm.t (crm.plain(mail)) WHERE NOT gone; INSERT INTO crm.t VALUES (1, ' Ann@x', false), (2, 'bob@x', false), (3, 'cy@x', true)`,
      `DELETE FROM crm.t; INSERT INTO crm.t VALUES (7, 'ANN@X', false), (8, 'BOB@x', true), (9, 'cy@x', false)`,
    )
    const { preview: told } = await preview(url, snapshot, [chosen('crm.t')])
    expect(told.conflicts).toMatchObject([{ constraint: 'one_mail', row: { id: '1' }, inTheWay: { row: { id: '7' } } }])
    await putBackIn(url, snapshot, [chosen('crm.t')], { leaveOutConflicts: true })
    expect(await run('SELECT array_agg(id ORDER BY id) AS ids FROM crm.t')).toEqual([{ ids: [2, 3, 7, 8, 9] }])
  })

  test('S101 partitions, some in another schema: a record is named by the table people know, and returns to its own place', async () => {
    const { url, run, snapshot } = await spoiled(
      `CREATE SCHEMA other; CREATE TABLE crm.event (id int, kind text, PRIMARY KEY (id, kind)) PARTITION BY LIST (kind);
       CREATE TABLE crm.event_call PARTITION OF crm.event FOR VALUES IN ('call'); CREATE TABLE other.mails PARTITION OF crm.event FOR VALUES IN ('mail');
       CREATE TABLE crm.note (id int PRIMARY KEY, event int, kind text, FOREIGN KEY (event, kind) REFERENCES crm.event ON DELETE CASCADE);
       INSERT INTO crm.event SELECT g, CASE WHEN g % 2 = 0 THEN 'mail' ELSE 'call' END FROM generate_series(1, 10) AS g;
       INSERT INTO crm.note SELECT id * 10, id, kind FROM crm.event`,
      `DELETE FROM crm.event WHERE id < 5`,
    )
    await putBackIn(url, snapshot, [
      chosen('crm.event', [
        ['2', 'mail'],
        ['3', 'call'],
      ]),
    ])
    expect(await run('SELECT id, tableoid::regclass::text AS place FROM crm.event WHERE id < 5 ORDER BY id')).toEqual([
      { id: 2, place: 'other.mails' },
      { id: 3, place: 'crm.event_call' },
    ])
    expect(await run('SELECT array_agg(id ORDER BY id) AS ids FROM crm.note WHERE event < 5')).toEqual([{ ids: [20, 30] }])
    await putBackIn(url, snapshot, [chosen('crm.note', ['10'])])
    expect(await run('SELECT count(*)::int AS n FROM crm.event WHERE id < 5')).toEqual([{ n: 3 }])
  })

  test('S103 no key: a row is named whole, twice means two, and the undo takes out as many', async () => {
    const made = `CREATE TABLE crm.bag (a int, b text); INSERT INTO crm.bag VALUES (1, 'x'), (1, 'x'), (1, 'x'), (1, 'x'), (NULL, NULL), (2, NULL)`
    const { url, run, copy, snapshot } = await spoiled(
      made,
      `DELETE FROM crm.bag; INSERT INTO crm.bag VALUES (1, 'x'), (3, 'new')`,
    )
    const safety = await copy()
    const before = await contentsOf(url)
    const journal = journalDirectory()
    const records = [
      chosen('crm.bag', [
        ['1', 'x'],
        ['1', 'x'],
        [null, null],
        ['7', 'never'],
      ]),
    ]
    expect((await preview(url, snapshot, records)).preview).toMatchObject({
      tables: [{ chosen: 3 }],
      notMissing: [{ key: ['7', 'never'] }],
    })
    await putBackIn(url, snapshot, records, { journalDirectory: journal })
    expect(await run(`SELECT a, b, count(*)::int AS n FROM crm.bag GROUP BY a, b ORDER BY a NULLS FIRST`)).toEqual([
      { a: null, b: null, n: 1 },
      { a: 1, b: 'x', n: 3 },
      { a: 3, b: 'new', n: 1 },
    ])
    await run(`DELETE FROM crm.bag WHERE ctid = (SELECT max(ctid) FROM crm.bag WHERE a = 1)`)
    await undoIn(url, safety.url, journal)
    expect(await contentsOf(url)).toEqual(before)
  })

  test('a tree, two tables in a circle, inheritance: all that hangs together, once', async () => {
    const { url, run, snapshot } = await spoiled(
      `CREATE TABLE crm.tree (id int PRIMARY KEY, parent int REFERENCES crm.tree ON DELETE CASCADE); INSERT INTO crm.tree VALUES (1, NULL), (2, 1), (3, 2), (4, 3), (5, 1), (6, 6);
       CREATE TABLE crm.team (id int PRIMARY KEY, lead int NOT NULL); CREATE TABLE crm.member (id int PRIMARY KEY, team int NOT NULL REFERENCES crm.team ON DELETE CASCADE);
       INSERT INTO crm.team VALUES (1, 10), (2, 20); INSERT INTO crm.member VALUES (10, 1), (11, 1), (20, 2);
       ALTER TABLE crm.team ADD FOREIGN KEY (lead) REFERENCES crm.member ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED;
       CREATE TABLE crm.person (id int PRIMARY KEY, name text); CREATE TABLE crm.employee (desk text, PRIMARY KEY (id)) INHERITS (crm.person);
       INSERT INTO crm.person VALUES (1, 'p'); INSERT INTO crm.employee VALUES (1, 'e', 'window'), (2, 'f', 'door')`,
      `DELETE FROM crm.tree WHERE id IN (2, 6); DELETE FROM crm.team; DELETE FROM crm.person`,
    )
    await putBackIn(url, snapshot, [chosen('crm.tree', ['3', '6']), chosen('crm.member', ['11']), chosen('crm.employee', ['1'])])
    expect(await run('SELECT array_agg(id ORDER BY id) AS ids FROM crm.tree')).toEqual([{ ids: [1, 2, 3, 4, 5, 6] }])
    // Member 11 needs team 1, which needs its lead; team 2 nobody asked for.
    expect(await run('SELECT array_agg(id ORDER BY id) AS ids FROM crm.member')).toEqual([{ ids: [10, 11] }])
    expect(await run('SELECT id FROM crm.team')).toEqual([{ id: 1 }])
    expect(await run('SELECT name FROM crm.person')).toEqual([{ name: 'e' }])
    await putBackIn(url, snapshot, [chosen('crm.person')])
    expect(await run('SELECT array_agg(name ORDER BY name) AS names FROM crm.person')).toEqual([{ names: ['e', 'f', 'p'] }])
  })

  test('S102 generated and identity columns as they were; sequences only forward', async () => {
    const { url, run, snapshot } = await spoiled(
      `CREATE TABLE crm.t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n numeric, twice numeric GENERATED ALWAYS AS (n * 2) STORED);
       INSERT INTO crm.t (n) SELECT g FROM generate_series(1, 5) AS g`,
      `DELETE FROM crm.t; ALTER TABLE crm.t ALTER id RESTART`,
    )
    expect(await putBackIn(url, snapshot, [chosen('crm.t', ['5'])])).toMatchObject({ counts: { sequences: [{ to: '5' }] } })
    await run('INSERT INTO crm.t (n) VALUES (0)')
    expect(await run('SELECT id, twice FROM crm.t ORDER BY id')).toEqual([
      { id: '5', twice: '10' },
      { id: '6', twice: '0' },
    ])
  })

  test('S102 a large object comes back with the row that names it, and goes with it again', async () => {
    const { url, run, copy, snapshot } = await spoiled(
      `CREATE TABLE crm.paper (id int PRIMARY KEY, body oid); INSERT INTO crm.paper VALUES (1, lo_from_bytea(81001, 'first')), (2, lo_from_bytea(81002, 'second'))`,
      `DELETE FROM crm.paper; SELECT lo_unlink(81001); SELECT lo_put(81002, 0, 'SECOND')`,
    )
    const safety = await copy()
    const journal = journalDirectory()
    const { preview: told } = await preview(url, snapshot, [chosen('crm.paper')])
    expect(told.conflicts).toMatchObject([{ kind: 'large_object', constraint: '81002', row: { id: '2' } }])
    await putBackIn(url, snapshot, [chosen('crm.paper', ['1'])], { journalDirectory: journal })
    expect(await run(`SELECT id, convert_from(lo_get(body), 'UTF8') AS body FROM crm.paper`)).toEqual([{ id: 1, body: 'first' }])
    await undoIn(url, safety.url, journal)
    expect(await run('SELECT oid::int FROM pg_largeobject_metadata')).toEqual([{ oid: 81002 }])
  })

  test('S99 CHECKs: one that was never valid, one that reads another table', async () => {
    const { url, run, snapshot } = await spoiled(
      `CREATE TABLE crm.currency (code text PRIMARY KEY); INSERT INTO crm.currency VALUES ('PLN'), ('EUR');
       CREATE FUNCTION crm.known(c text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN EXISTS (SELECT FROM crm.currency WHERE code = c); END';
       CREATE TABLE crm.amount (id int PRIMARY KEY, n int, currency text CHECK (crm.known(currency)));
       INSERT INTO crm.amount VALUES (1, -1, 'PLN'), (2, 2, 'EUR'), (3, 3, 'PLN'); ALTER TABLE crm.amount ADD CONSTRAINT positive CHECK (n > 0) NOT VALID`,
      `DELETE FROM crm.amount; DELETE FROM crm.currency WHERE code = 'EUR'`,
    )
    const { preview: told } = await preview(url, snapshot, [chosen('crm.amount')])
    expect(told.conflicts.map(({ constraint, row }) => [constraint, row])).toEqual([
      ['amount_currency_check', { id: '2' }],
      ['positive', { id: '1' }],
    ])
    expect(told.tables).toMatchObject([{ chosen: 1 }])
    await putBackIn(url, snapshot, [chosen('crm.amount', ['2']), chosen('crm.currency')])
    expect(await run('SELECT id FROM crm.amount')).toEqual([{ id: 2 }])
  })

  test('S99 an orphan of old returns as it was; a reference that only now would point at nothing is a conflict', async () => {
    const { url, run, snapshot } = await spoiled(
      `CREATE SCHEMA office; CREATE TABLE office.desk (id int PRIMARY KEY); INSERT INTO office.desk VALUES (1), (2);
       CREATE TABLE crm.t (id int PRIMARY KEY, desk int NOT NULL); INSERT INTO crm.t VALUES (1, 1), (2, 2), (3, 99);
       ALTER TABLE crm.t ADD FOREIGN KEY (desk) REFERENCES office.desk ON DELETE CASCADE NOT VALID`,
      `DELETE FROM office.desk WHERE id = 1; DELETE FROM crm.t`,
    )
    const scope = { kind: 'schemas', schemas: ['crm'] } as const
    const { preview: told } = await preview(url, snapshot, [chosen('crm.t')], { scope })
    expect(told.conflicts).toMatchObject([{ kind: 'dangling', constraint: 't_desk_fkey', row: { id: '1' } }])
    await putBackIn(url, snapshot, [chosen('crm.t')], { scope, leaveOutConflicts: true })
    expect(await run('SELECT array_agg(id ORDER BY id) AS ids FROM crm.t')).toEqual([{ ids: [2, 3] }])
    // Looked for everywhere, the desk comes back with it.
    await putBackIn(url, snapshot, [chosen('crm.t')])
    expect(await run('SELECT id FROM office.desk ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }])
  })

  test('S108 structure that moved within reach is refused with what moved; elsewhere it is nobody’s business', async () => {
    const { url, run, snapshot } = await spoiled(
      'CREATE TABLE crm.t (id int PRIMARY KEY); INSERT INTO crm.t VALUES (1); CREATE TABLE crm.child (t int REFERENCES crm.t); CREATE TABLE crm.far (id int)',
      'DELETE FROM crm.t; ALTER TABLE crm.far ADD other int; CREATE TABLE crm.newer (t int REFERENCES crm.t)',
    )
    expect((await preview(url, snapshot, [chosen('crm.t')])).refusal).toBeNull()
    await run('ALTER TABLE crm.child ADD other int')
    expect((await preview(url, snapshot, [chosen('crm.t')])).refusal).toMatchObject({
      code: 'structure_moved',
      facts: { name: 'crm.child' },
    })
    expect(refusalOf(await putBackIn(url, snapshot, [chosen('crm.t')]))).toMatchObject({ code: 'structure_moved' })
    expect(refusalOf(await putBackIn(url, snapshot, [chosen('crm.nowhere')]))).toMatchObject({ code: 'table_gone' })
  })

  const meanwhile = `CREATE TABLE crm.p (id int PRIMARY KEY); CREATE TABLE crm.t (id int PRIMARY KEY, p int REFERENCES crm.p, v int UNIQUE DEFERRABLE);
    CREATE TABLE crm.bag (a int); INSERT INTO crm.bag VALUES (1), (1); INSERT INTO crm.p VALUES (1), (2); INSERT INTO crm.t VALUES (1, 1, 10), (2, 2, 20)`
  const races: [string, string, object][] = [
    ['its key is taken', 'INSERT INTO crm.t VALUES (9, NULL, 10)', { refusal: { code: 'put_back_conflicts' } }],
    ['its parent is deleted', 'DELETE FROM crm.p WHERE id = 1', { refusal: { code: 'put_back_conflicts' } }],
    [
      'somebody else brings it back',
      'INSERT INTO crm.t VALUES (1, 1, 10)',
      { counts: { tables: [{ inserted: 2 }, { inserted: 1 }] } },
    ],
    [
      'one of two equal rows is back',
      'INSERT INTO crm.bag VALUES (1)',
      { counts: { tables: [{ inserted: 1 }, { inserted: 2 }] } },
    ],
  ]
  test.each(races)('between comparison and lock: %s', async (_, statement, expected) => {
    const { url, run, snapshot } = await spoiled(meanwhile, 'DELETE FROM crm.t; DELETE FROM crm.bag')
    const done = await putBackIn(
      url,
      snapshot,
      [chosen('crm.t'), chosen('crm.bag')],
      at('restore:begun', () => run(statement)),
    )
    expect(done).toMatchObject(expected)
    const { n } = (await run('SELECT count(*)::int AS n FROM crm.bag'))[0] ?? {}
    expect(n).toBe(done.outcome === 'committed' ? 2 : 0)
    expect(await run('SELECT FROM crm.t t WHERE NOT EXISTS (SELECT FROM crm.p WHERE id = t.p) AND t.p IS NOT NULL')).toEqual([])
  })

  test('the nasty portal, all that is missing of it: only additions, from the snapshot, nothing fired, and its undo is exact', async () => {
    const { url, run, copy } = await loadNasty(server)
    const snapshot = await copy()
    const then = await contentsOf(snapshot.url)
    for (const statement of nastyChanges) await run(statement)
    const safety = await copy()
    const before = await contentsOf(url)
    const names =
      await run(`SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname IN ('crm', 'office') AND c.relkind = 'r' AND c.relpersistence = 'p'`)
    const records = names.map(({ schema, name }) => ({ table: { schema: `${schema}`, name: `${name}` }, keys: 'all' as const }))
    const seen = await preview(url, snapshot.url, records, { leaveOutConflicts: true })
    expect(seen.refusal).toBeNull()
    const journal = journalDirectory()
    const done = await putBackIn(url, snapshot.url, records, {
      leaveOutConflicts: true,
      consented: seen.rows,
      journalDirectory: journal,
    })
    expect(done).toMatchObject({ outcome: 'committed' })
    const after = await contentsOf(url)
    for (const [table, rows] of Object.entries(after)) {
      if (table.endsWith('_seq')) continue
      const added = minus(rows, before[table] ?? [])
      expect(minus(before[table] ?? [], rows), table).toEqual([])
      expect(minus(added, then[table] ?? []), table).toEqual([])
    }
    expect(await run('SELECT array_agg(id ORDER BY id) AS ids FROM crm.quiet')).toEqual([{ ids: [1, 2, 3, 9] }])
    for (const statement of nastyStands) expect((await run(statement))[0], statement).toEqual({ holds: true })
    expect(await undoIn(url, safety.url, journal)).toMatchObject({ outcome: 'committed' })
    expect(withoutSequences(await contentsOf(url))).toEqual(withoutSequences(before))
    for (const statement of nastyStands) expect((await run(statement))[0], statement).toEqual({ holds: true })
  })
})

/** Both as multisets. */
function minus(rows: readonly string[], others: readonly string[]): string[] {
  const left = [...others]
  return rows.filter((row) => {
    const index = left.indexOf(row)
    if (index >= 0) left.splice(index, 1)
    return index < 0
  })
}

function withoutSequences(contents: Record<string, string[]>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(contents).filter(([name]) => !name.endsWith('_seq')))
}

function at(boundary: Boundary, action: () => Promise<unknown>): { observe: (passed: Boundary) => Promise<void> } {
  let done = false
  return {
    observe: async (passed) => {
      if (passed !== boundary || done) return
      done = true
      await action()
    },
  }
}

function refusalOf(outcome: RestoreOutcome) {
  return outcome.outcome === 'refused' ? outcome.refusal : outcome
}
