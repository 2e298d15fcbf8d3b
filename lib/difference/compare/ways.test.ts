import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findServers, startServer, type TestServer } from '../testing/servers.ts'
import {
  type CopyWithBaseline,
  compareEveryWay,
  copyWithBaseline,
  happen,
  happenSince,
  makeHistoryPortal,
  swap,
  whatHappens,
  whatHappensSince,
} from './testing/histories.ts'

describe.each(findServers())('three ways to compare, on $label', (kind) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(kind, { fsync: 'off', ...(kind.summarizesWal ? { summarize_wal: 'on' } : {}) })
  })
  afterAll(() => server.stop())

  const best = kind.summarizesWal ? 'wal_summaries' : 'watermark'

  test("after random histories every way gives the oracle's answer", { timeout: 300_000 }, async () => {
    const first = fc.array(whatHappens, { maxLength: 4 })
    const then = fc.array(whatHappensSince, { minLength: 1, maxLength: 14 })
    await fc.assert(
      fc.asyncProperty(first, then, async (before, after) => {
        const portal = await makeHistoryPortal(server)
        await happen(portal, before)
        for (const copy of await happenSince(server, portal, await copyWithBaseline(server, portal), after)) {
          const { digests } = await compareEveryWay(portal.url, copy)
          expect(digests).toEqual(digests.map(() => digests[0]))
        }
        await portal.drop()
      }),
      { numRuns: 8, interruptAfterTimeLimit: 240_000 },
    )
  })

  test("after random histories in which the portal changes places with a copy, every way gives the oracle's answer, and quick ones are gone", {
    timeout: 300_000,
  }, async () => {
    const first = fc.array(whatHappens, { maxLength: 2 })
    const then = fc.array(whatHappensSince, { maxLength: 8 })
    const since = fc.array(whatHappens, { minLength: 1, maxLength: 5 })
    const gone = { watermark: 0, wal_summaries: 0 }
    await fc.assert(
      fc.asyncProperty(first, then, fc.nat({ max: 4 }), since, async (before, between, back, after) => {
        const portal = await makeHistoryPortal(server)
        await happen(portal, before)
        const events = [...between, { kind: 'swap', back } as const]
        const copies = await happenSince(server, portal, await copyWithBaseline(server, portal), events)
        await happen(portal, after)
        for (const copy of copies) {
          const { digests, tables } = await compareEveryWay(portal.url, copy)
          expect(digests).toEqual(digests.map(() => digests[0]))
          gone.watermark += tables[1]?.watermark ?? 0
          gone.wal_summaries += tables[2]?.wal_summaries ?? 0
        }
        await portal.drop()
      }),
      { numRuns: 6, interruptAfterTimeLimit: 240_000 },
    )
    // No copy was made after the last swap: whatever was quick was quick because of what is kept.
    expect(gone.watermark).toBeGreaterThan(0)
    if (kind.summarizesWal) expect(gone.wal_summaries).toBeGreaterThan(0)
  })

  test.each([
    ['deletions after which VACUUM cuts off the tail', ['DELETE FROM t0 WHERE id > 2200', 'VACUUM t0']],
    ['a default that no block holds', ['ALTER TABLE t0 DROP COLUMN v', `ALTER TABLE t0 ADD COLUMN v text DEFAULT 'new'`]],
    ['an index that a row names gets another name', ['ALTER INDEX named_pkey RENAME TO other']],
    [
      'a table made anew',
      ['CREATE TABLE t9 AS SELECT * FROM t0', 'TRUNCATE t0', 'INSERT INTO t0 SELECT * FROM t9', 'DROP TABLE t9'],
    ],
    ['rewrites that change nothing', ['UPDATE t0 SET v = v WHERE id < 50', 'VACUUM FULL t1', 'CLUSTER t4 USING t4_pkey']],
    ['keys that wander', ['UPDATE t0 SET id = id + 100000 WHERE id % 7 = 0']],
    ['a row frozen since', ['INSERT INTO t0 VALUES (900000)', 'VACUUM (FREEZE) t0']],
    [
      'a value kept out of line',
      [`UPDATE t0 SET v = (SELECT string_agg(md5(g::text), '') FROM generate_series(1, 900) AS g) WHERE id = 7`],
    ],
    ['a deletion that was taken back', ['BEGIN; DELETE FROM t0; ROLLBACK']],
    [
      'a key that is no key any more',
      ['ALTER TABLE t0 DROP CONSTRAINT t0_pkey', 'INSERT INTO t0 SELECT * FROM t0 WHERE id < 10'],
    ],
  ])('%s: every way gives the same answer', async (_, statements) => {
    const portal = await makeHistoryPortal(server)
    const copy = await copyWithBaseline(server, portal)
    for (const statement of statements) await portal.run(statement)
    const { digests, ways } = await compareEveryWay(portal.url, copy)
    expect(ways).toEqual(['exact', 'watermark', best])
    expect(digests).toEqual(digests.map(() => digests[0]))
    await portal.drop()
  })

  test('a copy that was brought up to date keeps rows in other blocks than the portal does, and every way finds them there', async () => {
    const portal = await makeHistoryPortal(server)
    await portal.run('DELETE FROM t0 WHERE id BETWEEN 200 AND 206')
    await portal.run('VACUUM t0')
    const first = await copyWithBaseline(server, portal)
    // Too long for the room that those rows left, then short enough: it stays where it is, and its copy goes there.
    await portal.run(`INSERT INTO t0 VALUES (900001, repeat('long ', 300))`)
    await portal.run(`UPDATE t0 SET v = 'short' WHERE id = 900001`)
    const place = async (of: { url: string }) => {
      const [found] = await server.query(
        new URL(of.url).pathname.slice(1),
        'SELECT ctid::text AS place FROM t0 WHERE id = 900001',
      )
      return found?.place
    }
    const copy = (await happenSince(server, portal, first, [{ kind: 'captureOnline', back: 0 }])).at(-1) ?? first
    expect(await place(copy)).not.toBe(await place(portal))
    const { digests, ways, tables } = await compareEveryWay(portal.url, copy)
    expect(ways).toEqual(['exact', 'watermark', best])
    expect(digests).toEqual(digests.map(() => digests[0]))
    if (kind.summarizesWal) expect(tables.at(-1)?.wal_summaries).toBeGreaterThan(0)
    // After a swap to it the portal does, too.
    for (const one of await swap(server, portal, [first, copy], copy)) {
      const compared = await compareEveryWay(portal.url, one)
      expect(compared.digests).toEqual(compared.digests.map(() => compared.digests[0]))
      if (kind.summarizesWal) expect(compared.tables.at(-1)?.wal_summaries).toBeGreaterThan(0)
    }
    await portal.drop()
  })

  test('each table goes its best way: by blocks, by age where its file is another, whole where neither can tell', async () => {
    const portal = await makeHistoryPortal(server)
    const copy = await copyWithBaseline(server, portal)
    await portal.run('DELETE FROM t0 WHERE id < 10')
    await portal.run('VACUUM FULL t1')
    const { tables } = await compareEveryWay(portal.url, copy)
    // Keyless t2 and t4, whose rows name an index, have no key sums or no lasting text.
    expect(tables).toEqual([
      { exact: 8, watermark: 0, wal_summaries: 0 },
      { exact: 2, watermark: 6, wal_summaries: 0 },
      kind.summarizesWal ? { exact: 1, watermark: 1, wal_summaries: 6 } : { exact: 2, watermark: 6, wal_summaries: 0 },
    ])
    await portal.drop()
  })

  test('after a swap the comparison is not exact: each copy goes the best way that can be known for certain', async () => {
    const portal = await makeHistoryPortal(server)
    const older = await copyWithBaseline(server, portal)
    await portal.run(`UPDATE t0 SET v = 'between' WHERE id < 9; DELETE FROM t3 WHERE id = 5`)
    const restored = await copyWithBaseline(server, portal)
    await portal.run(`UPDATE t0 SET v = 'lost' WHERE id BETWEEN 90 AND 99; INSERT INTO t1 (id, v) VALUES (9001, 'lost')`)
    const newer = await copyWithBaseline(server, portal)
    const afterOne = await swap(server, portal, [older, restored, newer], restored)
    await portal.run(`UPDATE t0 SET v = 'since' WHERE id = 50; DELETE FROM t3 WHERE id = 7`)
    const tablesOf = async (copies: readonly CopyWithBaseline[]) => {
      const tables: Awaited<ReturnType<typeof compareEveryWay>>['tables'] = []
      for (const copy of copies) {
        const { digests, tables: byWay } = await compareEveryWay(portal.url, copy)
        expect(digests).toEqual(digests.map(() => digests[0]))
        tables.push(...byWay.slice(-1))
      }
      return tables
    }
    const byBlocks = { exact: 1, watermark: 0, wal_summaries: 7 }
    const whole = { exact: 8, watermark: 0, wal_summaries: 0 }
    const byAge = { exact: 2, watermark: 6, wal_summaries: 0 }
    // Without summaries nothing is kept of what was replaced, and of the others nothing can be told by age.
    expect(await tablesOf(afterOne)).toEqual(
      kind.summarizesWal ? [byBlocks, byBlocks, byBlocks, byBlocks] : [whole, byAge, whole],
    )
    // The way back, and what it replaced in turn.
    const replaced = afterOne.at(-1) ?? restored
    // Of one that the first swap left as it was, nothing is known.
    const [leftBehind, ...afterTwo] = await swap(server, portal, [older, ...afterOne], replaced)
    await portal.run('DELETE FROM t0 WHERE id = 60')
    expect(await tablesOf([leftBehind])).toEqual([whole])
    expect(await tablesOf(afterTwo)).toEqual(
      kind.summarizesWal ? [byBlocks, byBlocks, byBlocks, byBlocks, byBlocks] : [whole, whole, whole, byAge],
    )
    await portal.drop()
  })

  test('a row that was changed between two copies and is old in the portal again is found: nothing is told by its age', async () => {
    const portal = await makeHistoryPortal(server)
    const restored = await copyWithBaseline(server, portal)
    await portal.run(`UPDATE t0 SET v = 'changed' WHERE id = 7`)
    const later = await copyWithBaseline(server, portal)
    const [, second] = await swap(server, portal, [restored, later], restored)
    if (second === undefined) throw new Error('a swap loses no copy')
    const { digests } = await compareEveryWay(portal.url, second)
    expect(digests).toEqual(digests.map(() => digests[0]))
    await portal.drop()
  })

  test('labels that change places touch no row: only the exact way can see it', async () => {
    const portal = await makeHistoryPortal(server)
    const copy = await copyWithBaseline(server, portal)
    await portal.run(
      `ALTER TYPE mood RENAME VALUE 'sad' TO 'x'; ALTER TYPE mood RENAME VALUE 'glad' TO 'sad'; ALTER TYPE mood RENAME VALUE 'x' TO 'glad'`,
    )
    const { digests, ways } = await compareEveryWay(portal.url, copy)
    expect(ways).toEqual(['exact', 'exact', 'exact'])
    expect(digests).toEqual(digests.map(() => digests[0]))
    await portal.drop()
  })

  test('another database in the place of the one that was captured is read whole', async () => {
    const portal = await makeHistoryPortal(server)
    const copy = await copyWithBaseline(server, portal)
    await portal.run('DELETE FROM t0 WHERE id < 10')
    const other = await portal.copy()
    const { digests, ways } = await compareEveryWay(other.url, copy)
    expect(ways).toEqual(['exact', 'exact', 'exact'])
    expect(digests).toEqual(digests.map(() => digests[0]))
    await portal.drop()
  })
})
