import postgres from 'postgres'
import { postgresAdapter } from '#lib/snapshots/adapters/postgres/adapter.ts'
import { ratio, type Spread, spread } from './figures.ts'
import { type Bench, benchSwap, type Copies, prepare, repeat, type SwapRun, twoCopies } from './measure.ts'

export type OfSize = { gigabytes: number; swaps: SwapRun[] }

const runs = 7
const rowBytes = 2_000

/**
 * Swaps of portals that are filled up to a size each, on one server and in turn, so that they differ in nothing but their size; they and their copies are
 * gone afterwards.
 */
export async function benchSizes(adminUrl: string, sizes: number[], folder: string): Promise<OfSize[]> {
  const filled: Filled[] = []
  for (const gigabytes of sizes) filled.push(await fillUp(adminUrl, gigabytes))
  await repeat(runs, async () => {
    for (const { bench, copies, swaps } of filled) swaps.push(await benchSwap(bench, copies, 2_000, folder))
  })
  const sql = postgres(adminUrl, { max: 1, onnotice: () => undefined })
  for (const { bench, copies } of filled) {
    for (const copy of [copies.snapshot, copies.safety]) await postgresAdapter.prune(bench.portal, copy)
    await sql.unsafe(`drop database ${bench.portal.databaseName} with (force)`)
  }
  await sql.end()
  return filled.map(({ gigabytes, swaps }) => ({ gigabytes, swaps }))
}

type Filled = OfSize & { bench: Bench; copies: Copies }

async function fillUp(adminUrl: string, gigabytes: number): Promise<Filled> {
  const bench = await prepare(adminUrl, 20_000, `bench_of_${gigabytes * 1000}_mb`)
  await fill(bench.ownerUrl, gigabytes)
  return { gigabytes, bench, copies: await twoCopies(bench), swaps: [] }
}

export function sizesOf([small, large]: OfSize[]): Record<string, Spread | string> {
  const silence = ({ swaps }: OfSize) => swaps.map(({ noticed }) => noticed.longestSilenceMs)
  const said = ({ swaps }: OfSize) => swaps.map(({ saidMs }) => saidMs)
  const figures: Record<string, Spread | string> = {}
  for (const one of [small, large]) {
    if (one === undefined) continue
    figures[`swap at ${one.gigabytes} GB, offline as reported, ms`] = spread(said(one))
    figures[`swap at ${one.gigabytes} GB, silence as noticed, ms`] = spread(silence(one))
    figures[`swap at ${one.gigabytes} GB, all preparation, ms`] = spread(one.swaps.map(({ preparedMs }) => preparedMs))
  }
  if (small !== undefined && large !== undefined) {
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
