import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { countPaused, findReturning, type PausedTable, readPaused } from './paused.ts'
import type { Protection } from './protection.ts'
import { RefusalError } from './refusal.ts'
import { type ReleasePaused, releasePaused } from './release-paused.ts'
import type { Scope } from './scope.ts'
import { closeSide, openSide } from './side.ts'
import { makePortal, type Portal, restore, withSides } from './testing/portal.ts'
import { findServers, startServer, type TestServer } from './testing/servers.ts'

/** Reminders in partitions, named by two columns; a trigger that sends, and says so. */
const portalSql = `
  CREATE TYPE state AS ENUM ('scheduled', 'sent', 'paused');
  CREATE TABLE reminder (id int, day date, what text, status state NOT NULL, due timestamptz, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
  CREATE TABLE reminder_then PARTITION OF reminder FOR VALUES FROM ('2026-01-01') TO ('2026-07-01');
  CREATE TABLE reminder_now PARTITION OF reminder FOR VALUES FROM ('2026-07-01') TO ('2027-01-01');
  CREATE TABLE campaign (id text PRIMARY KEY, live boolean NOT NULL CHECK (live OR id <> 'never off'));
  CREATE TABLE sent (id int);
  CREATE FUNCTION send() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO sent VALUES (new.id); RETURN NULL; END $$;
  CREATE TRIGGER send AFTER INSERT OR UPDATE ON reminder FOR EACH ROW WHEN (new.status = 'scheduled') EXECUTE FUNCTION send();
  INSERT INTO reminder VALUES (1, '2026-02-01', 'Call Ola', 'scheduled', '2026-02-02 09:00+00'), (2, '2026-08-01', 'Call Jan', 'scheduled', NULL),
    (3, '2026-08-02', 'Call Ewa', 'paused', NULL), (4, '2026-08-03', 'Write', 'sent', NULL), (5, '2026-08-04', 'Stays', 'scheduled', NULL);
  INSERT INTO campaign VALUES ('spring', true), ('autumn', false), ('"odd" \\ name', true);
  TRUNCATE sent`

const table = (name: string) => ({ schema: 'public', name })
const protection: Protection = {
  tables: [],
  columns: [
    {
      table: table('reminder'),
      columns: [
        { name: 'status', whenBack: { set: 'paused' } },
        { name: 'due', whenBack: { set: null } },
      ],
      outbound: true,
    },
    { table: table('campaign'), columns: [{ name: 'live', whenBack: { set: 'f' } }], outbound: true },
  ],
}
const full: Scope = { kind: 'all', protection }
const erasing: Scope = {
  kind: 'all',
  protection: { ...protection, erased: [{ table: table('campaign'), columns: ['id'], keys: [['spring']] }] },
}

describe.each(findServers())('outbound actions, on $label', (kind) => {
  let server: TestServer
  let portal: Portal
  beforeAll(async () => {
    server = await startServer(kind)
  })
  afterAll(() => server.stop())

  /** All but one were deleted since; everything comes back, paused. */
  const restored = async () => {
    portal = await makePortal(server, portalSql)
    const snapshot = await portal.copy()
    await portal.run('DELETE FROM reminder WHERE id < 5; DELETE FROM campaign; TRUNCATE sent')
    const before = await withSides(portal.url, snapshot.url, async (live, stored) =>
      countPaused(stored, await findReturning(live, stored, full)),
    )
    const safety = await portal.copy()
    const without = await withSides(portal.url, snapshot.url, async (live, stored) =>
      countPaused(stored, await findReturning(live, stored, erasing)),
    )
    expect(await restore(portal.url, snapshot.url, full)).toMatchObject({ outcome: 'committed' })
    const paused = await withSides(safety.url, snapshot.url, async (replaced, stored) =>
      readPaused(stored, await findReturning(replaced, stored, full)),
    )
    return { before, without, paused }
  }
  const release = async (tables: readonly PausedTable[], mayCommit: ReleasePaused['mayCommit'] = async () => true) => {
    const live = await openSide({ connectionString: portal.url, applicationName: 'engine-test' })
    try {
      return await releasePaused({ live, tables, mayCommit })
    } finally {
      await closeSide(live)
    }
  }
  const reminders = () => portal.run('SELECT id, status::text, due IS NULL AS undated FROM reminder ORDER BY id')
  const told = (all: readonly { table: { name: string }; rows: unknown }[]) =>
    all.map(({ table: { name }, rows }) => [name, Array.isArray(rows) ? rows.length : rows]).sort()

  test('S69 what would come back paused is what came back paused: counted before from live, read afterwards from the safety copy', async () => {
    const { before, without, paused } = await restored()
    expect(told(before)).toEqual([
      ['campaign', 2],
      ['reminder_now', 2],
      ['reminder_then', 1],
    ])
    expect(told(paused)).toEqual(told(before))
    expect(told(without), 'S66 what was erased does not come back, and is not told').toEqual([
      ['campaign', 1],
      ['reminder_now', 2],
      ['reminder_then', 1],
    ])
    expect(paused.find(({ table: { name } }) => name === 'reminder_then')).toEqual({
      table: table('reminder_then'),
      key: ['id', 'day'],
      columns: [
        { name: 'status', set: 'paused' },
        { name: 'due', set: null },
      ],
      rows: [{ key: ['1', '2026-02-01'], was: ['scheduled', '2026-02-02 09:00:00+00'] }],
    })
    expect(await reminders()).toEqual([
      ...[1, 2, 3, 4].map((id) => ({ id, status: 'paused', undated: true })),
      { id: 5, status: 'scheduled', undated: true },
    ])
    expect(await portal.run('SELECT * FROM sent'), 'nothing fired').toEqual([])
    await portal.drop()
  })

  test('S69 released, they are what they were, and the portal acts on them as on any write; a second release finds nothing left', async () => {
    const { paused } = await restored()
    const done = await release(paused)
    expect(done?.map(({ table: { name }, ...counts }) => ({ name, ...counts }))).toEqual(
      paused.map(({ table: { name }, rows }) => ({ name, released: rows.length, changed: 0, gone: 0 })),
    )
    expect(await reminders()).toEqual([
      { id: 1, status: 'scheduled', undated: false },
      { id: 2, status: 'scheduled', undated: true },
      { id: 3, status: 'paused', undated: true },
      { id: 4, status: 'sent', undated: true },
      { id: 5, status: 'scheduled', undated: true },
    ])
    expect(await portal.run('SELECT id, live FROM campaign ORDER BY id')).toEqual([
      { id: '"odd" \\ name', live: true },
      { id: 'autumn', live: false },
      { id: 'spring', live: true },
    ])
    expect(await portal.run('SELECT id FROM sent ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }])
    expect((await release(paused))?.map(({ released }) => released)).toEqual(paused.map(() => 0))
    expect(await portal.run('SELECT id FROM sent ORDER BY id'), 'nothing went out twice').toEqual([{ id: 1 }, { id: 2 }])
    await portal.drop()
  })

  test('S69 what somebody changed or deleted since stays as they left it, and a table that is gone releases nothing', async () => {
    const { paused } = await restored()
    await portal.run(`UPDATE reminder SET status = 'sent' WHERE id = 1; DELETE FROM reminder WHERE id = 2; DROP TABLE campaign`)
    const done = await release(paused)
    expect(done?.map(({ table: { name }, ...counts }) => [name, counts.released, counts.changed, counts.gone]).sort()).toEqual([
      ['campaign', 0, 0, 2],
      ['reminder_now', 1, 0, 1],
      ['reminder_then', 0, 1, 0],
    ])
    expect(await reminders()).toEqual([
      { id: 1, status: 'sent', undated: true },
      { id: 3, status: 'paused', undated: true },
      { id: 4, status: 'sent', undated: true },
      { id: 5, status: 'scheduled', undated: true },
    ])
    await portal.drop()
  })

  test('S69 a no before the commit, or a row that its table does not admit any more, releases nothing at all', async () => {
    const { paused } = await restored()
    expect(await release(paused, async () => false)).toBeNull()
    await portal.run(`ALTER TABLE campaign ADD CHECK (NOT live OR id <> 'spring')`)
    await expect(release(paused)).rejects.toThrow(RefusalError)
    expect(await reminders()).toEqual([
      ...[1, 2, 3, 4].map((id) => ({ id, status: 'paused', undated: true })),
      { id: 5, status: 'scheduled', undated: true },
    ])
    expect(await portal.run('SELECT id FROM campaign WHERE live')).toEqual([])
    await portal.drop()
  })
})
