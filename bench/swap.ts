import { postgresAdapter as adapter } from '#lib/snapshots/adapters/postgres/adapter.ts'
import { connect } from '#lib/snapshots/adapters/postgres/connect.ts'
import { call, makePortal, type TestPortal } from '#lib/snapshots/adapters/postgres/testing/portal.ts'
import type { SnapshotRef } from '#lib/snapshots/port.ts'

// How long a portal of 200,000 rows takes no connections: in a first capture, and in each of twenty swaps, seen by a client that
// reconnects every 5 ms. `node bench/swap.ts postgres://postgres@127.0.0.1:5432/postgres [rows] [runs]`: a superuser of a server to spare.
const [url, rows = '200000', runs = '20'] = process.argv.slice(2)
if (url === undefined) throw new Error('name the server: node bench/swap.ts postgres://postgres@127.0.0.1:5432/postgres')

const portal = await makePortal(url)
try {
  await portal.run(
    `insert into crm.deals (company_id, title, amount, entered_by) select 1 + n % 20, 'Deal ' || n || repeat(' of the largest portal', 4), n, 'ann'
     from generate_series(1, ${Number(rows)}) n`,
    'analyze',
  )
  const first = await captureOf(portal, 'snapshot')
  console.log(
    JSON.stringify({
      rows: Number(rows),
      firstCapture: first.captureMs,
      barredMs: first.barredMs,
      sessionsEnded: first.sessionsEnded,
    }),
  )
  const offline: number[] = []
  const seen: number[] = []
  for (let run = 0; run < Number(runs); run++) {
    const result = await swapOnce(portal, first.snapshot)
    offline.push(result.offlineMs)
    seen.push(result.seenMs)
    console.error(run, result)
  }
  console.log(JSON.stringify({ runs: Number(runs), offlineMs: spread(offline), seenByClientMs: spread(seen) }))
} finally {
  await portal.drop()
}

async function captureOf({ ref }: TestPortal, purpose: 'snapshot' | 'safety') {
  const captured = await adapter.capture(
    { portal: ref, snapshotId: crypto.randomUUID(), purpose, previous: null, mayBar: 'when_needed', barTimeoutMs: 10_000 },
    call(),
  )
  if (!captured.ok) throw new Error(JSON.stringify(captured.refusal))
  return captured
}

async function swapOnce({ ref, run, directory, userUrl }: TestPortal, snapshot: SnapshotRef) {
  await run(`delete from crm.deals where id % 100 = 1`)
  const safety = await captureOf(portal, 'safety')
  const comparison = await adapter.compare({
    portal: ref,
    snapshot,
    scope: 'full',
    columns: [],
    examplesPerTable: 0,
    edgeHandling: {},
  })
  const client = watch(userUrl, ref.databaseName)
  const done = await adapter.restore(
    {
      portal: ref,
      snapshot,
      safety: safety.snapshot,
      scope: 'full',
      way: 'swap',
      edgeHandling: {},
      consented: { digest: comparison.digest, wiped: comparison.wiped, toleranceRows: 0 },
      journalDirectory: directory,
      giveBackFrom: null,
      limits: { lockWaitMs: 10_000, lockHeldMs: 10_000 },
    },
    call(),
  )
  const seenMs = await client.stop()
  if (!done.ok) throw new Error(JSON.stringify(done.refusal))
  await adapter.prune(ref, safety.snapshot)
  if (done.replaced) await adapter.prune(ref, done.replaced)
  return { offlineMs: done.offlineMs, seenMs }
}

/** Asks every 5 ms on a connection of its own, connecting again when it is lost; tells the longest time without an answer. */
function watch(userUrl: string, databaseName: string): { stop: () => Promise<number> } {
  let going = true
  let longest = 0
  const loop = async () => {
    let answered = performance.now()
    while (going) {
      try {
        const client = await connect(userUrl, databaseName)
        while (going) {
          await client.query('select count(*) from crm.companies')
          longest = Math.max(longest, performance.now() - answered)
          answered = performance.now()
          await pause()
        }
        await client.end()
      } catch {
        await pause()
      }
    }
  }
  const running = loop()
  return {
    stop: async () => {
      going = false
      await running
      return Math.round(longest)
    },
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5))
}

function spread(values: number[]): { p50: number; p95: number; most: number } {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0
  return { p50: at(0.5), p95: at(0.95), most: at(1) }
}
