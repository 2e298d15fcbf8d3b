import fc from 'fast-check'
import { crossCheckWays, waysAgree } from '#lib/difference/compare/cross-check.ts'
import {
  type CopyWithBaseline,
  compareEveryWay,
  copyWithBaseline,
  happen,
  happenSince,
  makeHistoryPortal,
  whatHappens,
  whatHappensSince,
} from '#lib/difference/compare/testing/histories.ts'
import { one } from '#lib/difference/side.ts'
import { makePortal, type Portal, withSides } from '#lib/difference/testing/portal.ts'
import { findServers, startServer } from '#lib/difference/testing/servers.ts'
import { report, round, spread } from './figures.ts'

export type DifferenceBench = {
  /** Rows of each of the two tables. */
  rows: number
  runs: number
  /** Random histories after which all ways must give the same answer. */
  histories: number
}

/**
 * What each way to compare costs for two large tables of which little changed, beside the oracle and beside `select count(*)` of both sides; and
 * whether they agree after random histories.
 */
export async function benchDifference({ rows, runs, histories }: DifferenceBench): Promise<void> {
  const kind = findServers().find(({ summarizesWal }) => summarizesWal)
  if (!kind) throw new Error('no PostgreSQL that keeps WAL summaries is installed')
  const server = await startServer(kind, { summarize_wal: 'on', shared_buffers: '256MB', max_wal_size: '4GB' })
  try {
    const portal = await makePortal(server, largeTables(rows))
    const copy = await copyWithBaseline(server, portal)
    await portal.run(fewChanges)
    const counts = await repeat(runs, () => countBoth(portal, copy))
    const checks = await repeat(runs, () =>
      withSides(portal.url, copy.url, (live, snapshot) => crossCheckWays(live, snapshot, { kind: 'all' }, copy.baseline)),
    )
    const disagreeing = checks.filter((checked) => !waysAgree(checked)).length
    await portal.drop()
    const time = (at: number) => spread(checks.map((checked) => checked[at]?.durationMs ?? Number.NaN))
    const [exact, watermark, summaries, count] = [time(0), time(1), time(2), spread(counts)]
    report('difference', {
      'rows a side': rows * 2,
      'exact (the oracle), ms': exact,
      'watermark, ms': watermark,
      'WAL summaries, ms': summaries,
      'select count(*) of both sides, ms': count,
      'watermark: times faster than exact': round(exact.p50 / watermark.p50),
      'WAL summaries: times faster than exact': round(exact.p50 / summaries.p50),
      'exact: times a count': round(exact.p50 / count.p50),
      'watermark: times a count': round(watermark.p50 / count.p50),
      'WAL summaries: times a count': round(summaries.p50 / count.p50),
      'comparisons that disagreed': disagreeing,
      ...(await tryHistories(server, histories)),
    })
  } finally {
    await server.stop()
  }
}

function largeTables(rows: number): string {
  return ['contacts', 'activities']
    .map(
      (
        name,
      ) => `CREATE TABLE ${name} (id bigint PRIMARY KEY, name text NOT NULL, mail text, amount numeric(12, 2), at timestamptz, note text);
        INSERT INTO ${name} SELECT g, 'Name ' || g, 'p' || g || '@example.com', g % 10000 / 100.0, now() - g * interval '1 s', md5(g::text) FROM generate_series(1, ${rows}) AS g`,
    )
    .join(';')
}

/** In each table 1,000 rows go, 50 change and 250 are newer, close together as people work. */
const fewChanges = ['contacts', 'activities']
  .map(
    (
      name,
    ) => `DELETE FROM ${name} WHERE id BETWEEN 50001 AND 51000; UPDATE ${name} SET note = 'changed' WHERE id BETWEEN 90001 AND 90050;
      INSERT INTO ${name} (id, name) SELECT (SELECT max(id) FROM ${name}) + g, 'Newer' FROM generate_series(1, 250) AS g`,
  )
  .join(';')

async function countBoth(portal: Portal, copy: CopyWithBaseline): Promise<number> {
  return withSides(portal.url, copy.url, async (live, snapshot) => {
    const began = performance.now()
    const all = 'SELECT (SELECT count(*) FROM public.contacts) + (SELECT count(*) FROM public.activities) AS rows'
    await Promise.all([one(live, all), one(snapshot, all)])
    return performance.now() - began
  })
}

async function tryHistories(server: Parameters<typeof makeHistoryPortal>[0], histories: number): Promise<Record<string, number>> {
  const seen = { disagreed: 0, tables: { exact: 0, watermark: 0, wal_summaries: 0 } }
  const some = fc.sample(
    fc.tuple(fc.array(whatHappens, { maxLength: 4 }), fc.array(whatHappensSince, { minLength: 1, maxLength: 14 })),
    histories,
  )
  for (const [before, after] of some) {
    const portal = await makeHistoryPortal(server)
    await happen(portal, before)
    let agreed = true
    for (const copy of await happenSince(server, portal, await copyWithBaseline(server, portal), after)) {
      const { digests, tables } = await compareEveryWay(portal.url, copy)
      agreed &&= digests.every((digest) => digest === digests[0])
      for (const way of ['exact', 'watermark', 'wal_summaries'] as const) seen.tables[way] += tables.at(-1)?.[way] ?? 0
    }
    if (!agreed) seen.disagreed++
    await portal.drop()
  }
  return {
    'random histories': histories,
    'histories in which a way disagreed': seen.disagreed,
    'tables compared by WAL summaries there': seen.tables.wal_summaries,
    'tables that fell back to the watermark': seen.tables.watermark,
    'tables that fell back to exact': seen.tables.exact,
  }
}

async function repeat<T>(times: number, work: () => Promise<T>): Promise<T[]> {
  const results: T[] = []
  for (let i = 0; i < times; i++) results.push(await work())
  return results
}
