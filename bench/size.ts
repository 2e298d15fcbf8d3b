import postgres from 'postgres'
import { postgresAdapter } from '#lib/snapshots/adapters/postgres/adapter.ts'
import { ratio, type Spread, spread } from './figures.ts'
import { benchSwap, capture, prepare, repeat, type SwapRun } from './measure.ts'

export type OfSize = { gigabytes: number; swaps: SwapRun[] }

const runs = 3
const rowBytes = 2_000

/** Swaps of a portal that is filled up to a size; it and its copies are gone afterwards. */
export async function benchSize(adminUrl: string, gigabytes: number, folder: string): Promise<OfSize> {
  const bench = await prepare(adminUrl, 20_000, 'bench_sized')
  await fill(bench.ownerUrl, gigabytes)
  const snapshot = (await capture(bench, null)).snapshot
  const safety = (await capture(bench, null)).snapshot
  const swaps = await repeat(runs, () => benchSwap(bench, { snapshot, safety }, 2_000, folder))
  for (const copy of [snapshot, safety]) await postgresAdapter.prune(bench.portal, copy)
  const sql = postgres(adminUrl, { max: 1, onnotice: () => undefined })
  await sql.unsafe('drop database bench_sized with (force)')
  await sql.end()
  return { gigabytes, swaps }
}

export function sizesOf(small: OfSize, large: OfSize | null): Record<string, Spread | string> {
  const silence = ({ swaps }: OfSize) => swaps.map(({ noticed }) => noticed.longestSilenceMs)
  const said = ({ swaps }: OfSize) => swaps.map(({ saidMs }) => saidMs)
  const figures: Record<string, Spread | string> = {}
  for (const one of large === null ? [small] : [small, large]) {
    figures[`swap at ${one.gigabytes} GB, offline as reported, ms`] = spread(said(one))
    figures[`swap at ${one.gigabytes} GB, silence as noticed, ms`] = spread(silence(one))
    figures[`swap at ${one.gigabytes} GB, all preparation, ms`] = spread(one.swaps.map(({ preparedMs }) => preparedMs))
  }
  if (large !== null) {
    figures[`offline at ${large.gigabytes} GB, of that at ${small.gigabytes} GB`] = ratio(said(large), said(small))
    figures[`silence at ${large.gigabytes} GB, of that at ${small.gigabytes} GB`] = ratio(silence(large), silence(small))
  }
  return figures
}

/** Text that does not shrink, in rows that stay in their table. */
async function fill(ownerUrl: string, gigabytes: number): Promise<void> {
  const sql = postgres(ownerUrl, { max: 1, onnotice: () => undefined })
  const rows = Math.round((gigabytes * 1e9) / rowBytes)
  await sql`create table intranet.bench_bulk (id int primary key, body text)`
  await sql`alter table intranet.bench_bulk alter column body set storage plain`
  await sql`insert into intranet.bench_bulk
    select g, (select string_agg(md5(g::text || n::text), '') from generate_series(1, 60) as n) from generate_series(1, ${rows}::int) as g`
  await sql`vacuum (freeze, analyze) intranet.bench_bulk`
  await sql`checkpoint`
  await sql.end()
}
