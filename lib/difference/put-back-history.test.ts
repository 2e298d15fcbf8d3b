import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { journalDirectory } from './testing/journal-directory.ts'
import { contentsOf, makePortal } from './testing/portal.ts'
import { chosen, preview, putBackIn, undoIn } from './testing/put-back.ts'
import { findServers, startServer, type TestServer } from './testing/servers.ts'

/** A tree of companies, their people, deals and notes without a key; unique values of every kind, of which a small stock makes people collide. */
const schema = `CREATE SCHEMA crm;
  CREATE TABLE crm.company (id int PRIMARY KEY, parent int REFERENCES crm.company ON DELETE CASCADE, code int UNIQUE DEFERRABLE INITIALLY DEFERRED);
  CREATE TABLE crm.person (id int PRIMARY KEY, company int NOT NULL REFERENCES crm.company ON DELETE CASCADE, mail text, boss int);
  CREATE UNIQUE INDEX person_mail ON crm.person (lower(mail)) WHERE mail <> '';
  ALTER TABLE crm.company ADD lead int REFERENCES crm.person ON DELETE SET NULL;
  CREATE TABLE crm.deal (id int, kind text, person int REFERENCES crm.person ON DELETE CASCADE, during int4range, PRIMARY KEY (id, kind)) PARTITION BY LIST (kind);
  CREATE TABLE crm.deal_a PARTITION OF crm.deal FOR VALUES IN ('a'); CREATE TABLE crm.deal_b (EXCLUDE USING gist (during WITH &&), LIKE crm.deal INCLUDING ALL);
  ALTER TABLE crm.deal ATTACH PARTITION crm.deal_b FOR VALUES IN ('b');
  CREATE TABLE crm.note (deal int, kind text, what text, FOREIGN KEY (deal, kind) REFERENCES crm.deal ON DELETE CASCADE);
  CREATE SEQUENCE crm.ids START 1000;
  INSERT INTO crm.company SELECT g, nullif(g / 3, 0), g FROM generate_series(1, 9) AS g;
  INSERT INTO crm.person SELECT g, 1 + g % 9, 'P' || g, NULL FROM generate_series(1, 24) AS g; UPDATE crm.company SET lead = id + 8;
  INSERT INTO crm.deal SELECT g, CASE WHEN g % 2 = 0 THEN 'a' ELSE 'b' END, 1 + g % 24, int4range(g * 10, g * 10 + 8) FROM generate_series(1, 40) AS g;
  INSERT INTO crm.note SELECT 1 + g % 40, CASE WHEN g % 2 = 0 THEN 'b' ELSE 'a' END, 'n' || g % 3 FROM generate_series(1, 80) AS g`

const happening = fc.record({
  what: fc.constantFrom(
    'delete company',
    'delete person',
    'delete deal',
    'delete note',
    'new person',
    'new deal',
    'same id',
    'new note',
    'change',
    'code',
  ),
  at: fc.integer({ min: 1, max: 40 }),
})

const story = fc.record({
  after: fc.array(happening, { minLength: 1, maxLength: 10 }),
  meanwhile: fc.array(happening, { maxLength: 2 }),
  later: fc.array(happening, { maxLength: 3 }),
  tables: fc.uniqueArray(fc.constantFrom('crm.company', 'crm.person', 'crm.deal', 'crm.note'), { minLength: 1, maxLength: 3 }),
  share: fc.integer({ min: 1, max: 5 }),
})

/** Rows that were left out of an undo became free by it, and it took them for rows that had not gone. */
const onceRefused: typeof story extends fc.Arbitrary<infer T> ? T : never = {
  after: [
    { what: 'delete company', at: 2 },
    { what: 'delete company', at: 1 },
  ],
  meanwhile: [],
  later: [{ what: 'new note', at: 1 }],
  tables: ['crm.deal'],
  share: 1,
}

describe.each(findServers())('whatever happened, on $label', (kind) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(kind, { fsync: 'off' })
  })
  afterAll(() => server.stop())

  test('a put-back only adds rows of the snapshot, all constraints hold, and its undo takes out no more than these', {
    timeout: 300_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(story, async ({ after, meanwhile, later, tables, share }) => {
        const { url, run, copy, drop } = await makePortal(server, schema)
        const happens = async (events: typeof after) => {
          for (const event of events)
            await run(`DO $$ BEGIN ${statementFor(event)}; SET CONSTRAINTS ALL IMMEDIATE;
            EXCEPTION WHEN unique_violation OR exclusion_violation OR foreign_key_violation THEN NULL; END $$`)
        }
        const snapshot = await copy()
        const then = await contentsOf(snapshot.url)
        await happens(after)
        const safety = await copy()
        const records = []
        for (const table of tables)
          records.push(share === 5 ? chosen(table) : chosen(table, await keysOf(server, snapshot.name, table, share)))
        const seen = await preview(url, snapshot.url, records)
        const journal = journalDirectory()
        let before = await contentsOf(url)
        let wroteMeanwhile = false
        const done = await putBackIn(url, snapshot.url, records, {
          leaveOutConflicts: true,
          consented: seen.rows,
          journalDirectory: journal,
          observe: async (boundary) => {
            if (boundary !== 'restore:begun' || wroteMeanwhile) return
            wroteMeanwhile = true
            await happens(meanwhile)
            before = await contentsOf(url)
          },
        })
        const now = await contentsOf(url)
        if (done.outcome !== 'committed') expect(now).toEqual(before)
        for (const [table, rows] of Object.entries(now)) {
          expect(minus(before[table] ?? [], rows), table).toEqual([])
          expect(minus(minus(rows, before[table] ?? []), then[table] ?? []), table).toEqual([])
        }
        if (done.outcome === 'refused') expect(['put_back_conflicts', 'put_back_grew']).toContain(done.refusal.code)
        // Nobody wrote in between: what came is what the preview told.
        const told = seen.preview.tables.reduce((sum, table) => sum + table.chosen + table.children + table.parents, 0)
        if (meanwhile.length === 0) expect(sizeOf(now) - sizeOf(before)).toBe(told)
        expect(await broken(run)).toEqual([])
        if (done.outcome === 'committed') {
          await happens(later)
          const moved = await contentsOf(url)
          const undone = await undoIn(url, safety.url, journal, { leaveOutConflicts: true })
          const end = await contentsOf(url)
          expect(['committed', 'nothing_to_do']).toContain(undone.outcome)
          for (const [table, rows] of Object.entries(end)) {
            const added = minus(now[table] ?? [], before[table] ?? [])
            expect(minus(rows, moved[table] ?? []), table).toEqual([])
            expect(minus(minus(moved[table] ?? [], rows), added), table).toEqual([])
          }
          if (later.length === 0) expect(end).toEqual(before)
          expect(await broken(run)).toEqual([])
        }
        await drop()
      }),
      { numRuns: 15, interruptAfterTimeLimit: 240_000, examples: [[onceRefused]] },
    )
  })
})

function statementFor({ what, at }: { what: string; at: number }): string {
  const kind = at % 2 === 0 ? 'a' : 'b'
  switch (what) {
    case 'delete company':
      return `DELETE FROM crm.company WHERE id = ${1 + (at % 9)}`
    case 'delete person':
      return `DELETE FROM crm.person WHERE id % 5 = ${at % 5}`
    case 'delete deal':
      return `DELETE FROM crm.deal WHERE id BETWEEN ${at} AND ${at + 5}`
    case 'delete note':
      return `DELETE FROM crm.note WHERE what = 'n${at % 3}' AND deal > ${at}`
    case 'new person':
      return `INSERT INTO crm.person SELECT nextval('crm.ids'), id, 'p${at % 25}', NULL FROM crm.company ORDER BY id LIMIT 1`
    case 'new deal':
      return `INSERT INTO crm.deal SELECT nextval('crm.ids'), '${kind}', id, int4range(${at} * 10 + 5, ${at} * 10 + 9) FROM crm.person ORDER BY id LIMIT 1`
    case 'same id':
      return `INSERT INTO crm.deal SELECT ${at}, '${kind}', id, NULL FROM crm.person ORDER BY id DESC LIMIT 1`
    case 'new note':
      return `INSERT INTO crm.note SELECT id, kind, 'n${at % 3}' FROM crm.deal ORDER BY id LIMIT 2`
    case 'change':
      return `UPDATE crm.person SET mail = upper(mail) || '' WHERE id = ${1 + (at % 24)}; UPDATE crm.deal SET during = NULL WHERE id = ${at}`
    default:
      return `UPDATE crm.company SET code = ${1 + (at % 9)} WHERE id = (SELECT max(id) FROM crm.company)`
  }
}

async function keysOf(server: TestServer, database: string, table: string, share: number): Promise<(string | null)[][]> {
  const columns = { 'crm.company': 'id', 'crm.person': 'id', 'crm.deal': 'id, kind', 'crm.note': 'deal, kind, what' }[table] ?? ''
  const found = await server.query(
    database,
    `SELECT to_json(ARRAY[${columns.split(', ').map((column) => `${column}::text`)}]) AS key FROM ${table}`,
  )
  return found.flatMap(({ key }, index) => (index % 5 < share && Array.isArray(key) ? [key.map(String)] : []))
}

/** What no constraint would admit. Asked of the rows: an index would not tell what replica role let in. */
async function broken(run: (sql: string) => Promise<Record<string, unknown>[]>): Promise<string[]> {
  const problems: string[] = []
  const checks = {
    code: 'SELECT code FROM crm.company GROUP BY code HAVING count(*) > 1',
    mail: `SELECT lower(mail) FROM crm.person WHERE mail <> '' GROUP BY 1 HAVING count(*) > 1`,
    during: 'SELECT FROM crm.deal_b a JOIN crm.deal_b b ON a.during && b.during AND a.id < b.id',
    parent: 'SELECT FROM crm.company c WHERE parent IS NOT NULL AND NOT EXISTS (SELECT FROM crm.company WHERE id = c.parent)',
    lead: 'SELECT FROM crm.company c WHERE lead IS NOT NULL AND NOT EXISTS (SELECT FROM crm.person WHERE id = c.lead)',
    company: 'SELECT FROM crm.person p WHERE NOT EXISTS (SELECT FROM crm.company WHERE id = p.company)',
    person: 'SELECT FROM crm.deal d WHERE person IS NOT NULL AND NOT EXISTS (SELECT FROM crm.person WHERE id = d.person)',
    deal: 'SELECT FROM crm.note n WHERE deal IS NOT NULL AND NOT EXISTS (SELECT FROM crm.deal d WHERE (d.id, d.kind) = (n.deal, n.kind))',
  }
  for (const [name, sql] of Object.entries(checks)) if ((await run(sql)).length > 0) problems.push(name)
  return problems
}

/** Both as multisets. */
function minus(rows: readonly string[], others: readonly string[]): string[] {
  const left = [...others]
  return rows.filter((row) => {
    const index = left.indexOf(row)
    if (index >= 0) left.splice(index, 1)
    return index < 0
  })
}

function sizeOf(contents: Record<string, string[]>): number {
  return Object.values(contents).reduce((sum, rows) => sum + rows.length, 0)
}
