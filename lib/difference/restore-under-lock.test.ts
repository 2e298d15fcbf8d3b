import { readdirSync } from 'node:fs'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { textLike } from '#db/testing/matchers.ts'
import { compare } from './compare.ts'
import type { Boundary } from './observe.ts'
import { prove } from './prove.ts'
import type { RestoreOutcome } from './restore.ts'
import type { Scope } from './scope.ts'
import { journalDirectory } from './testing/journal-directory.ts'
import { contentsOf, makePortal, restore, withSides } from './testing/portal.ts'
import { findServers, startServer, type TestServer } from './testing/servers.ts'
import { type WipedSet, wipedSetOf } from './wiped-set.ts'

const crm: Scope = { kind: 'schemas', schemas: ['crm'] }

const deals = `CREATE SCHEMA crm; CREATE TABLE crm.deal (id int PRIMARY KEY, title text); CREATE TABLE crm.bag (v text);
  INSERT INTO crm.deal SELECT g, 'deal ' || g FROM generate_series(1, 5000) AS g; INSERT INTO crm.bag SELECT 'same' FROM generate_series(1, 10)`

describe.each(findServers())('while the portal is in use, on $label', (kind) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(kind)
  })
  afterAll(() => server.stop())

  test.each<[string, string]>([
    ['rows written since', `INSERT INTO crm.deal VALUES (9001, 'late'), (9002, 'late')`],
    ['a missing row typed in again by hand, and one wrongly', `INSERT INTO crm.deal VALUES (1, 'deal 1'), (2, 'not deal 2')`],
    ['rows that were right, deleted', 'DELETE FROM crm.deal WHERE id BETWEEN 100 AND 120'],
    [
      'rows that were right, changed and changed back',
      `UPDATE crm.deal SET title = 'x' WHERE id = 200; UPDATE crm.deal SET title = 'deal 200' WHERE id = 200`,
    ],
    ['rows that were to go, deleted already', 'DELETE FROM crm.deal WHERE id > 6000'],
    [
      'one of equal rows deleted, where one too many was to go',
      `DELETE FROM crm.bag WHERE ctid IN (SELECT ctid FROM crm.bag LIMIT 3)`,
    ],
    ['more of equal rows', `INSERT INTO crm.bag VALUES ('same'), ('other')`],
    ['rows only locked', 'SELECT FROM crm.deal WHERE id < 1000 FOR UPDATE'],
    [
      'a savepoint rolled back beside one that was not',
      `BEGIN; SAVEPOINT a; INSERT INTO crm.deal VALUES (9003, 'a'); ROLLBACK TO a; SAVEPOINT b; INSERT INTO crm.deal VALUES (9004, 'b'); RELEASE b; COMMIT`,
    ],
    ['everything rewritten', `UPDATE crm.deal SET title = title || ''`],
    ['everything deleted', 'DELETE FROM crm.deal'],
  ])('S41 between the comparison and the lock: %s', async (_, meanwhile) => {
    const portal = await makePortal(server, deals)
    const snapshot = await portal.copy()
    const before = await contentsOf(portal.url)
    await portal.run(
      `DELETE FROM crm.deal WHERE id <= 3; UPDATE crm.deal SET title = 'changed' WHERE id = 50; INSERT INTO crm.deal VALUES (7000, 'new'), (7001, 'new'); INSERT INTO crm.bag VALUES ('same')`,
    )
    const outcome = await restore(
      portal.url,
      snapshot.url,
      crm,
      at('restore:begun', () => portal.run(meanwhile)),
    )
    expect(outcome).toMatchObject({ outcome: 'committed' })
    expect(await contentsOf(portal.url)).toEqual(before)
  })

  test('S41 several people lock and change the same row in between (multixacts)', async () => {
    const portal = await makePortal(server, deals)
    const snapshot = await portal.copy()
    const before = await contentsOf(portal.url)
    await portal.run('DELETE FROM crm.deal WHERE id = 1')
    const outcome = await restore(
      portal.url,
      snapshot.url,
      crm,
      at('restore:begun', async () => {
        const [one, two] = [new Client({ connectionString: portal.url }), new Client({ connectionString: portal.url })]
        await Promise.all([one.connect(), two.connect()])
        await one.query('BEGIN; SELECT FROM crm.deal WHERE id = 77 FOR KEY SHARE')
        await two.query('BEGIN; SELECT FROM crm.deal WHERE id = 77 FOR KEY SHARE')
        await two.query(`UPDATE crm.deal SET title = 'changed under a lock' WHERE id = 77; COMMIT`)
        await one.query('COMMIT')
        await Promise.all([one.end(), two.end()])
      }),
    )
    expect(outcome).toMatchObject({ outcome: 'committed' })
    expect(await contentsOf(portal.url)).toEqual(before)
  })

  test('I4 R11 nothing is wiped that was not consented to: what grew before the lock is refused, the tolerance is exact', async () => {
    const portal = await makePortal(server, deals)
    const snapshot = await portal.copy()
    await portal.run(`INSERT INTO crm.deal VALUES (7000, 'consented')`)
    const consented = await consentTo(portal.url, snapshot.url)
    const late = at('restore:begun', () =>
      portal.run(`INSERT INTO crm.deal VALUES (8000, 'late'), (8001, 'late'); DELETE FROM crm.deal WHERE id = 7000`),
    )
    const refused = await restore(portal.url, snapshot.url, crm, { consented, toleranceRows: 1, ...late })
    expect(refused).toEqual({
      outcome: 'refused',
      refusal: { code: 'loss_grew', facts: { rows: 2, toleranceRows: 1, tables: ['crm.deal: 2'] } },
    })
    expect(await portal.run('SELECT count(*)::int AS n FROM crm.deal WHERE id >= 7000')).toEqual([{ n: 2 }])
    expect(await restore(portal.url, snapshot.url, crm, { consented, toleranceRows: 2 })).toMatchObject({ outcome: 'committed' })
  })

  test('S52 who holds the table is named, and live is left alone', async () => {
    const portal = await makePortal(server, deals)
    const snapshot = await portal.copy()
    await portal.run('DELETE FROM crm.deal')
    const holder = new Client({ connectionString: portal.url, application_name: 'night job' })
    await holder.connect()
    await holder.query('BEGIN; LOCK TABLE crm.deal IN ROW EXCLUSIVE MODE')
    const waits: number[] = []
    const outcome = await restore(portal.url, snapshot.url, crm, {
      lockTimeoutMs: 50,
      lockAttempts: 2,
      observe: (boundary, detail) => {
        if (boundary === 'restore:lockWait') waits.push(detail?.done ?? 0)
      },
    })
    await holder.query('COMMIT')
    await holder.end()
    expect(refusalOf(outcome)).toEqual({ code: 'lock_not_granted', facts: { attempts: 2, blockers: [nightJob] } })
    expect(waits).toEqual([1, 2])
    expect(await portal.run('SELECT FROM crm.deal')).toEqual([])
  })

  test('S52 S104 a prepared transaction that holds the table is named by its own name', async () => {
    const portal = await makePortal(server, deals)
    const snapshot = await portal.copy()
    await portal.run('DELETE FROM crm.deal')
    await portal.run(`BEGIN; LOCK TABLE crm.deal IN ROW EXCLUSIVE MODE; PREPARE TRANSACTION 'two banks ${portal.name}'`)
    const outcome = await restore(portal.url, snapshot.url, crm, { lockTimeoutMs: 50, lockAttempts: 1 })
    await portal.run(`ROLLBACK PREPARED 'two banks ${portal.name}'`)
    expect(refusalOf(outcome)).toMatchObject({ facts: { blockers: [`prepared transaction two banks ${portal.name}`] } })
  })

  test('S52 an autovacuum at work on the table is nobody to call: it is not named beside who is, and makes way', async () => {
    const portal = await makePortal(server, deals)
    await portal.run(`ALTER TABLE crm.deal SET (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0,
      autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1); UPDATE crm.deal SET title = repeat('x', 1000)`)
    const snapshot = await portal.copy()
    await portal.run('DELETE FROM crm.deal')
    const holder = new Client({ connectionString: portal.url, application_name: 'night job' })
    await holder.connect()
    const vacuum = await autovacuumOn(holder, 'crm.deal')
    await holder.query('BEGIN; LOCK TABLE crm.deal IN ROW EXCLUSIVE MODE')
    const outcome = await restore(portal.url, snapshot.url, crm, { lockTimeoutMs: 50, lockAttempts: 2 })
    await holder.query('COMMIT')
    expect(await autovacuumOn(holder, 'crm.deal')).toBe(vacuum)
    await holder.end()
    expect(refusalOf(outcome)).toEqual({ code: 'lock_not_granted', facts: { attempts: 2, blockers: [nightJob] } })
    const alone = await restore(portal.url, snapshot.url, crm, { lockTimeoutMs: 10_000, lockAttempts: 1 })
    expect(alone).toMatchObject({ outcome: 'committed' })
  })

  test('S52 an autovacuum that prevents wraparound makes no way, and is named as what it is', async () => {
    const portal = await makePortal(server, deals)
    await portal.run(`ALTER TABLE crm.deal SET (autovacuum_enabled = false, autovacuum_freeze_max_age = 100000, autovacuum_vacuum_cost_delay = 100,
      autovacuum_vacuum_cost_limit = 1); UPDATE crm.deal SET title = repeat('x', 1000)`)
    const snapshot = await portal.copy()
    await portal.run('DELETE FROM crm.deal')
    await portal.run('DO $$ BEGIN FOR i IN 1..100000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$')
    const asker = new Client({ connectionString: portal.url })
    await asker.connect()
    await autovacuumOn(asker, 'crm.deal', '%(to prevent wraparound)')
    await asker.end()
    const outcome = await restore(portal.url, snapshot.url, crm, { lockTimeoutMs: 1_500, lockAttempts: 1 })
    const named = textLike(/^autovacuum: VACUUM (ANALYZE )?crm\.deal \(to prevent wraparound\) \(process \d+\) since /)
    expect(refusalOf(outcome)).toEqual({ code: 'lock_not_granted', facts: { attempts: 1, blockers: [named] } })
  })

  test('S52 the watchdog lets go of tables that were locked too long', async () => {
    const portal = await makePortal(server, deals)
    const snapshot = await portal.copy()
    await portal.run('DELETE FROM crm.deal')
    const outcome = await restore(portal.url, snapshot.url, crm, {
      maxLockMs: 200,
      ...at('restore:compared', () => portal.run('SELECT pg_sleep(0.5)')),
    })
    expect(refusalOf(outcome)).toMatchObject({ code: 'lock_held_too_long', facts: { maxLockMs: 200 } })
    expect(await portal.run('SELECT FROM crm.deal')).toEqual([])
  })

  test.each<Boundary>([
    'compare:table',
    'restore:begun',
    'restore:locked',
    'apply:delete',
    'apply:insert',
    'restore:beforeCommit',
  ])('S60 cancelled at %s: wholly old', async (boundary) => {
    const portal = await makePortal(server, deals)
    const snapshot = await portal.copy()
    await portal.run(`DELETE FROM crm.deal WHERE id < 100; INSERT INTO crm.bag VALUES ('x')`)
    const changed = await contentsOf(portal.url)
    const stop = new AbortController()
    const observe = at(boundary, async () => stop.abort(new Error('cancelled by the owner')))
    await expect(restore(portal.url, snapshot.url, crm, { signal: stop.signal, ...observe })).rejects.toThrow(
      'cancelled by the owner',
    )
    expect(await contentsOf(portal.url)).toEqual(changed)
    expect(
      await portal.run(`SELECT FROM pg_stat_activity WHERE application_name = 'engine-test' AND datname = current_database()`),
    ).toEqual([])
  })

  test('S35 what comes from the snapshot is fetched before the lock: its server may go away, and the portal does not wait for it', async () => {
    const portal = await makePortal(server, deals)
    const snapshot = await portal.copy()
    const before = await contentsOf(portal.url)
    await portal.run('DELETE FROM crm.deal WHERE id <= 500')
    const stored = decodeURIComponent(new URL(snapshot.url).pathname.slice(1))
    const outcome = await restore(
      portal.url,
      snapshot.url,
      crm,
      at('restore:locked', () =>
        portal.run(`SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '${stored}'`),
      ),
    )
    expect(outcome).toMatchObject({ outcome: 'committed' })
    expect(await contentsOf(portal.url)).toEqual(before)
  })

  test('I15 S49 whoever may not commit any more, does not', async () => {
    const portal = await makePortal(server, deals)
    const snapshot = await portal.copy()
    await portal.run('DELETE FROM crm.deal')
    const outcome = await restore(portal.url, snapshot.url, crm, { mayCommit: async () => false })
    expect(refusalOf(outcome)).toEqual({ code: 'commit_forbidden', facts: {} })
    expect(await portal.run('SELECT FROM crm.deal')).toEqual([])
  })

  test('S108 structure that moved between comparison and lock is refused', async () => {
    const portal = await makePortal(server, deals)
    const snapshot = await portal.copy()
    await portal.run('DELETE FROM crm.deal')
    const outcome = await restore(
      portal.url,
      snapshot.url,
      crm,
      at('restore:begun', () => portal.run('CREATE TABLE crm.brand_new (id int)')),
    )
    expect(refusalOf(outcome)).toMatchObject({ code: 'table_newer', facts: { name: 'crm.brand_new' } })
  })

  test('S53 the whole scope is proved after the commit; later writes are told from wrong rows', async () => {
    const portal = await makePortal(server, deals)
    const snapshot = await portal.copy()
    await portal.run(`DELETE FROM crm.deal WHERE id < 100; INSERT INTO crm.deal VALUES (7000, 'new')`)
    const committed = await restore(portal.url, snapshot.url, crm)
    if (committed.outcome !== 'committed') throw new Error('not committed')
    const proof = () =>
      withSides(portal.url, snapshot.url, (live, copy) => prove({ live, snapshot: copy, scope: crm, committed }))
    expect(await proof()).toMatchObject({ state: 'proven', tables: [] })
    await portal.run(`INSERT INTO crm.deal VALUES (7001, 'typed after the restore')`)
    expect(await proof()).toMatchObject({ state: 'disturbed', tables: [{ later: 1, absent: 0, wrong: 0 }] })
    const old = { ...committed, lastSnapshot: '999999:999999:' }
    expect(
      await withSides(portal.url, snapshot.url, (live, copy) => prove({ live, snapshot: copy, scope: crm, committed: old })),
    ).toMatchObject({ state: 'failed' })
  })

  test('what was deleted lies in the journal, whole and on disk before the commit', async () => {
    const portal = await makePortal(server, deals)
    const snapshot = await portal.copy()
    await portal.run(`INSERT INTO crm.deal VALUES (7000, 'new')`)
    const journal = journalDirectory()
    let atCommit: string[] = []
    await restore(portal.url, snapshot.url, crm, {
      journalDirectory: journal,
      ...at('restore:beforeCommit', async () => {
        atCommit = readdirSync(journal).sort()
      }),
    })
    expect(atCommit).toEqual(['journal.json', 'rows-0.copy'])
  })
})

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

const nightJob = textLike(/^postgres night job \(process \d+\) since [^,]+, idle in transaction$/)

/** The process of the autovacuum that holds the table, once there is one: the server looks around every second. */
async function autovacuumOn(asker: Client, table: string, query = '%'): Promise<number> {
  for (;;) {
    const { rows } = await asker.query<{ pid: number }>(
      `SELECT pid FROM pg_locks JOIN pg_stat_activity a USING (pid)
       WHERE relation = '${table}'::regclass AND a.backend_type = 'autovacuum worker' AND a.query LIKE '${query}'`,
    )
    if (rows[0] !== undefined) return rows[0].pid
  }
}

async function consentTo(liveUrl: string, snapshotUrl: string): Promise<WipedSet> {
  return withSides(liveUrl, snapshotUrl, async (live, snapshot) => wipedSetOf(await compare(live, snapshot, crm)))
}

function refusalOf(outcome: RestoreOutcome) {
  return outcome.outcome === 'refused' ? outcome.refusal : outcome
}
