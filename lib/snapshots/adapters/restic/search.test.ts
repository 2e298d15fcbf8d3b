import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { textWith } from '#db/testing/matchers.ts'
import type { Found, SearchRequest, SnapshotRef } from '../../port.ts'
import { withClient } from '../postgres/connect.ts'
import { call, copiesOf, makePortal, type TestPortal } from '../postgres/testing/portal.ts'
import { serversWithPrograms } from '../postgres/testing/servers.ts'
import { resticAdapter } from './adapter.ts'
import { readArchives, readRecord, writeRecord } from './archives.ts'
import { readLocks } from './locks.ts'
import type { Repository } from './repository.ts'
import { copyOf, makeRepository, restic } from './testing/repository.ts'
import { running } from './testing/running.ts'

const [server] = serversWithPrograms()

describe('searching archives', { timeout: 120_000 }, () => {
  let stop: () => Promise<void>
  let portal: TestPortal
  let whole: ReturnType<typeof makeRepository>
  let older: SnapshotRef
  let newer: SnapshotRef

  /** One life for all tests: before the first point, between the two, and since. */
  beforeAll(async () => {
    if (!server) throw new Error('there is no server with its own programs')
    const started = await server.start()
    stop = started.stop
    portal = await makePortal(started.url)
    whole = makeRepository()
    await portal.run(
      `set role ${portal.owner}; ${first}`,
      `alter database ${portal.ref.databaseName} set TimeZone = 'Asia/Tokyo'`,
    )
    await portal.run(`alter database ${portal.ref.databaseName} set bytea_output = 'escape'`)
    older = await capture()
    await portal.run(between)
    newer = await capture()
    await portal.run(since)
  }, 120_000)

  afterAll(async () => {
    await portal.drop()
    whole.drop()
    await stop()
  })

  const capture = async (): Promise<SnapshotRef> => {
    const snapshotId = crypto.randomUUID()
    const asked = {
      portal: portal.ref,
      snapshotId,
      purpose: 'snapshot',
      previous: null,
      mayBar: 'never',
      barTimeoutMs: 1_000,
    } as const
    const captured = await resticAdapter(() => whole).capture(asked, call())
    if (!captured.ok) throw new Error(captured.refusal.code)
    return captured.snapshot
  }
  const search = (words: string, change: Partial<SearchRequest> = {}, repository: Repository = whole, signal?: AbortSignal) =>
    resticAdapter(() => repository).search(
      {
        portal: portal.ref,
        scope: 'full',
        points: [newer, older],
        words,
        columns: [{ schema: 'crm', table: 'deals', titleColumn: 'title', whoColumn: 'entered_by', whenColumn: 'entered_at' }],
        trail: null,
        limit: 20,
        timeLimitMs: 60_000,
        ...change,
      },
      signal,
    )
  const told = ({ records }: Found) =>
    records
      .map(({ table, key, live, presentIn, unknownIn, changedSince, inCrm }) =>
        [
          `${table} ${Object.values(key).join('+')}`,
          live === null ? 'live unknown' : live ? 'live' : 'gone',
          `in ${presentIn.map(nameOf).join('+') || 'none'}`,
          ...unknownIn.map((id) => `unknown in ${nameOf(id)}`),
          ...(changedSince === null ? [] : [`otherwise in ${nameOf(changedSince)}`]),
          ...(inCrm ? [] : ['outside the CRM']),
        ].join(', '),
      )
      .sort()
  const nameOf = (id: string) => (id === older.id ? 'older' : id === newer.id ? 'newer' : id)

  test('S28 a record is told with every place that has it, has not, or has it under another name', async () => {
    expect(told(await search('heron'))).toEqual([
      'deals 1, live, in newer+older, otherwise in newer',
      'deals 2, gone, in newer+older',
      'deals 3, gone, in older',
      'deals 4, live, in newer+older',
      'deals 5, live, in newer',
      'deals 6, live, in none',
      'letters 1, gone, in older',
    ])
    const [gone] = (await search('second heron', { limit: 1 })).records
    expect(gone).toEqual({
      schema: 'crm',
      table: 'deals',
      key: { id: '2' },
      title: 'Second heron',
      who: 'ann',
      when: '2026-05-01 10:00:00+00',
      inCrm: true,
      live: false,
      presentIn: [newer.id, older.id],
      unknownIn: [],
      changedSince: null,
      deleted: null,
      inBin: null,
    })
  })

  test('S66 a record that was erased is found in no archive', async () => {
    const erased = [{ table: { schema: 'crm', name: 'deals' }, columns: ['id'], keys: [['1'], ['2'], ['3']] }]
    const forgetting = { ...portal.ref, protection: { tables: [], columns: [], erased } }
    expect(told(await search('heron', { portal: forgetting })).map((line) => line.split(',')[0])).toEqual([
      'deals 4',
      'deals 5',
      'deals 6',
      'letters 1',
    ])
  })

  test('S100 S101 odd names, partitions elsewhere, inheritance and secrets are read as in a database', async () => {
    const found = await search('ZEBRA')
    expect(told(found)).toEqual([
      'base 1, live, in newer+older',
      'child 2, live, in newer+older',
      'visits 1+2025-05-05, gone, in older',
      'visits 2+2025-01-01, live, in newer',
      'visits 2+2026-05-05, gone, in older',
      "Łódź 💡\no'x 1, live, in newer+older, outside the CRM",
      "Łódź 💡\no'x 2, live, in newer+older, outside the CRM",
    ])
    expect(found.leftOut.map(({ table, why }) => `${table} ${why}`).sort()).toEqual(['loose no_key', 'scratch not_kept'])
    for (const words of ['ząb', 'ZA̧B', 'zab'])
      expect([words, told(await search(words, { points: [newer] })).length]).toEqual([words, 1])
    expect((await search('zebra', { scope: 'crm' })).records.every(({ inCrm }) => inCrm)).toBe(true)
  })

  test('a value of any kind, with whatever is in it, looks in an archive as it looks in live: nothing is told as changed that is not', async () => {
    const found = await search('walrus')
    expect(told(found)).toEqual(['1', '2', '3', '4', '5'].map((key) => `kinds ${key}, live, in newer+older`))
    for (const words of ['walrus\\', '\\.', '"walrus"', `(wal,rus)`])
      expect([words, told(await search(words, { points: [newer] })).length]).toEqual([words, 1])
  })

  test('S115 beyond the limit there is more, which is said; no words find nothing', async () => {
    expect(await search('heron', { limit: 3 })).toMatchObject({ truncated: true, records: { length: 3 } })
    expect(await search(' ')).toMatchObject({ truncated: false, records: [] })
  })

  test('S121 of a spoilt archive nothing is told, its tables are named, and its neighbour is read', async () => {
    const repository = copyOf(whole)
    const { finished } = await readArchives(repository, portal.ref)
    const spoilt = finished.find(({ databaseName }) => databaseName === newer.databaseName)
    if (!spoilt) throw new Error('there is no archive to spoil')
    const record = await readRecord(repository, spoilt)
    restic(repository, 'forget', spoilt.recordId)
    await writeRecord(repository, { ...record, sha256: '0'.repeat(64) })
    const found = await search('heron', {}, repository)
    expect(told(found)).toContain('deals 3, gone, in older, unknown in newer')
    expect(told(found)).toContain('deals 5, live, in none, unknown in newer')
    expect(found.leftOut).toContainEqual({ schema: 'crm', table: 'deals', why: 'unreadable' })
    expect(found.unread).toEqual([{ id: newer.id, why: 'damaged', because: textWith('not the one that was recorded') }])
  })

  test('an archive from before archives could be searched tells nothing, and that is said', async () => {
    const repository = copyOf(whole)
    for (const archive of (await readArchives(repository, portal.ref)).finished) {
      const { shapes: _, ...record } = await readRecord(repository, archive)
      restic(repository, 'forget', archive.recordId)
      await writeRecord(repository, record)
    }
    const found = await search('heron', {}, repository)
    expect(told(found).every((line) => line.includes('live, in none, unknown in newer, unknown in older'))).toBe(true)
    expect(found.leftOut).toContainEqual({ schema: 'crm', table: 'deals', why: 'unreadable' })
  })

  test('S121 a repository that cannot be opened is a refusal with the reason, not an empty answer', async () => {
    const repository = copyOf(whole)
    writeFileSync(repository.passwordFile, 'battery staple\n')
    await expect(search('heron', {}, repository)).rejects.toThrow(/repository_unavailable.*wrong password/)
  })

  test('what was not read in time is named, and nothing is guessed of it', async () => {
    const none = await search('heron', { timeLimitMs: 0 })
    expect(none.records).toEqual([])
    expect(none.leftOut.map(({ why }) => why)).toContain('not_reached')
    const late = await search('heron', { timeLimitMs: 200 })
    // Which of the two it is, is the machine's to say.
    expect(['too_slow', 'not_reached']).toContain(late.leftOut.find(({ table }) => table === 'deals')?.why)
    expect(late.records.every(({ presentIn, unknownIn }) => presentIn.length === 0 && unknownIn.length === 2)).toBe(true)
    expect(late.durationMs).toBeLessThan(10_000)
  })

  test('S115 one that is cancelled ends, and no search leaves a database, a session, a lock or a program behind', async () => {
    const stopping = new AbortController()
    const searching = search('heron', {}, whole, stopping.signal)
    await expect.poll(() => running('restic').length, { interval: 5, timeout: 30_000 }).toBeGreaterThan(0)
    stopping.abort(new Error('stopped by hand'))
    await expect(searching).rejects.toThrow('stopped by hand')
    await search('heron')
    expect(await copiesOf(portal)).toEqual([])
    expect(await readLocks(whole)).toEqual([])
    expect([...running('restic'), ...running('pg_restore')]).toEqual([])
    const ours = `select count(*) from pg_stat_activity where usename = '${portal.vendor}'`
    await expect
      .poll(() => withClient(portal.superUrl, undefined, async (admin) => (await admin.query(ours)).rows[0]), { timeout: 10_000 })
      .toEqual({ count: '0' })
  })
})

const first = `
  truncate crm.deals cascade;
  insert into crm.deals (id, title, entered_by, entered_at) overriding system value select n, w || ' heron', 'ann', '2026-05-01 10:00+00'
    from unnest(array['First', 'Second', 'Third', 'Fourth']) with ordinality as t(w, n);
  create table crm.letters (id int primary key, body text); insert into crm.letters values (1, 'To the heron');
  create schema "Crm % ""odd""\\\\";
  create table "Crm % ""odd""\\\\"."Łódź 💡\no'x" ("The Key" int primary key, "some ""text""" varchar(90));
  insert into "Crm % ""odd""\\\\"."Łódź 💡\no'x" values (1, 'oddly named zebra'), (2, U&'Z\\0061\\0328b zebra');
  create table crm.visits (id bigint, day date, note text, primary key (id, day)) partition by range (day);
  create table intranet.visits_old (note text, day date not null, id bigint not null);
  alter table crm.visits attach partition intranet.visits_old for values from ('2020-01-01') to ('2026-01-01');
  create table crm.visits_new partition of crm.visits for values from ('2026-01-01') to ('2030-01-01');
  insert into crm.visits values (1, '2025-05-05', 'zebra crossing'), (2, '2026-05-05', 'zebra house');
  create table crm.base (id int primary key, name text); create table crm.child (primary key (id)) inherits (crm.base);
  insert into crm.base values (1, 'zebra base'); insert into crm.child values (2, 'zebra child');
  create table crm.loose (name text); insert into crm.loose values ('zebra loose');
  create table crm.logins (id int primary key, name text, password_hash text, api_token text);
  insert into crm.logins values (1, 'x', 'zebra1', 'zebra2');
  create unlogged table crm.scratch (id int primary key, name text); insert into crm.scratch values (1, 'zebra scratch');
  create table crm.kinds (code char(6) primary key, t text, v varchar, n numeric, f float8, b bytea, at timestamptz, day date, i interval,
    j jsonb, a text[], r tstzrange, k crm.base, gone int, u uuid, x boolean, up text generated always as (upper(t)) stored);
  alter table crm.kinds drop column gone;
  insert into crm.kinds values
    ('1', 'walrus', null, 1.10, 0.1, '\\\\x00ff41', '2026-03-29 02:30+01', '2026-01-01', '1 mon -2 days 03:04', '{"a": [1, "x"]}', '{a,NULL,"b c"}',
      '[2026-01-01,2026-02-01)', row(1, 'x'), null, true),
    ('2', E'walrus a\\tb\\nc\\rd\\be\\ff\\vg', '', 'NaN', '-0', '', 'infinity', null, null, 'null', '{}', 'empty', null, null, false),
    ('3', E'walrus\\\\ \\\\. \\\\N \\\\t', E'\\\\.', -1, 'Infinity', null, null, null, null, null, array[E'\\\\', '"'], null, row(null, ''), null, null),
    ('4', '"walrus"', ' ', null, null, null, null, null, null, null, null, null, row(1, '(a,"b"\\\\)'), gen_random_uuid(), null),
    ('5', '(wal,rus) walrus', U&'\\00a0\\2003x', null, null, null, null, null, null, null, null, null, null, null, null)`

const between = `
  update crm.deals set title = 'Renamed' where id = 1; delete from crm.deals where id = 3;
  insert into crm.deals (id, title) overriding system value values (5, 'Fifth heron');
  drop table crm.letters;
  delete from crm.visits where id = 1; update crm.visits set day = '2025-01-01' where id = 2`

const since = `
  delete from crm.deals where id = 2; update crm.deals set title = 'Heron again' where id = 1;
  insert into crm.deals (id, title) overriding system value values (6, 'Sixth heron')`
