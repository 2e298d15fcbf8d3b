import { afterAll, expect, test } from 'vitest'
import { serverUrl } from '#db/testing/databases.ts'
import { postgresAdapter as whole } from '../adapters/postgres/adapter.ts'
import { withClient } from '../adapters/postgres/connect.ts'
import { makePortal, type TestPortal } from '../adapters/postgres/testing/portal.ts'
import { spoilable } from '../adapters/postgres/testing/spoilable.ts'
import type { Outcome, Restored, SnapshotAdapter } from '../port.ts'
import { conformanceChecks } from './suite.ts'

const listed = 'a snapshot is listed once finished, holds what its manifest says, and is gone once pruned'
const compared = 'a comparison counts what comes back, goes and changes, touches nothing, and says the same twice'
const restored = 'crm in_place: rehearsed without a trace, restored as consented, and undone'
const stopped = 'S60 I15 crm in_place: cancelled before the commit, or without its lease, it changes nothing'

const nothingDone: Outcome<Restored> = {
  ok: true,
  trace: null,
  total: { missing: 0, newer: 0, changed: 0 },
  tables: [],
  writePauseMs: 0,
  offlineMs: 0,
  edges: [],
  sequences: [],
  replaced: null,
  notes: [],
}

/** What is wrong with an adapter that is otherwise whole, and the check that must say so. */
const faults: { fault: string; caughtBy: string; broken: Partial<SnapshotAdapter> }[] = [
  {
    fault: 'list invents a snapshot',
    caughtBy: listed,
    broken: {
      list: async (portal) => (await whole.list(portal)).flatMap((found) => [found, { ...found, id: crypto.randomUUID() }]),
    },
  },
  {
    fault: 'the manifest tells one row too many',
    caughtBy: listed,
    broken: {
      describe: async (...asked) => {
        const manifest = await whole.describe(...asked)
        return { ...manifest, tables: manifest.tables.map((table) => ({ ...table, rows: table.rows + 1 })) }
      },
    },
  },
  {
    fault: 'verify always says yes',
    caughtBy: 'S26 a copy that does not hold what the manifest says is not called whole',
    broken: { verify: async () => ({ ok: true }) },
  },
  {
    fault: 'prune takes the older snapshots along',
    caughtBy: 'I10 pruning one snapshot leaves every other where it is',
    broken: {
      prune: async (portal) => {
        for (const found of await whole.list(portal)) await whole.prune(portal, found)
      },
    },
  },
  {
    fault: 'capture ignores the idempotency key',
    caughtBy: 'I7 one key, one snapshot, one answer',
    broken: { capture: (request, call) => whole.capture(request, { ...call, idempotencyKey: crypto.randomUUID() }) },
  },
  {
    fault: 'onlineCapture is declared, and every capture ends sessions',
    caughtBy: 'a capture after the first disconnects nobody, and tells by what it differs from the one before',
    broken: { capture: (request, call) => whole.capture({ ...request, previous: null }, call) },
  },
  {
    fault: 'compare counts one row too few',
    caughtBy: compared,
    broken: {
      compare: async (...asked) => {
        const comparison = await whole.compare(...asked)
        return { ...comparison, total: { ...comparison.total, newer: comparison.total.newer - 1 } }
      },
    },
  },
  {
    fault: 'the digest does not change with the difference',
    caughtBy: compared,
    broken: { compare: async (...asked) => ({ ...(await whole.compare(...asked)), digest: 'always the same' }) },
  },
  {
    fault: 'search calls every record live',
    caughtBy: 'S115 a search tells where each record still is; no character of the words is special',
    broken: {
      search: async (...asked) => {
        const found = await whole.search(...asked)
        return { ...found, records: found.records.map((record) => ({ ...record, live: true })) }
      },
    },
  },
  {
    fault: 'recycleBin is declared, and a binned record looks like any other',
    caughtBy:
      'S36 a record that the portal keeps in its own recycle bin is told from one that is gone, and from one that nobody deleted',
    broken: {
      search: async (...asked) => {
        const found = await whole.search(...asked)
        return { ...found, records: found.records.map((record) => ({ ...record, inBin: null })) }
      },
    },
  },
  {
    fault: 'releaseOutbound is declared, and what is to be released is told as if nothing were',
    caughtBy:
      'S69 what would send something comes back paused, is told row by row, and is released once, only where nobody changed it since',
    broken: { findPaused: async () => [] },
  },
  {
    fault: 'anyMoment is declared, and a snapshot of a moment is one of now',
    caughtBy: 'a snapshot of a moment holds what was there then and nothing that came later; a moment out of reach is refused',
    broken: {
      capabilities: { ...whole.capabilities, anyMoment: true },
      moments: async () => ({ from: '2000-01-01T00:00:00.000Z', to: new Date().toISOString() }),
    },
  },
  {
    fault: 'deletions are told again and again',
    caughtBy: 'R15 what is deleted between two calls is told once, by table, with whether it belongs to the CRM',
    broken: {
      countDeletions: async (portal, mark) => {
        const counts = await whole.countDeletions?.(portal, mark)
        if (!counts) throw new Error('the whole adapter counts deletions')
        return { ...counts, mark: mark ?? counts.mark }
      },
    },
  },
  {
    fault: 'restore reaches beyond its scope',
    caughtBy: restored,
    broken: {
      restore: (request, call) =>
        whole.restore({ ...request, scope: 'full', consented: { ...request.consented, toleranceRows: 1_000 } }, call),
    },
  },
  {
    fault: 'restore leaves one row out',
    caughtBy: restored,
    broken: {
      restore: async (request, call) => {
        const outcome = await whole.restore(request, call)
        const { adminUrl, databaseName } = request.portal
        await withClient(adminUrl, databaseName, (live) => live.query(`delete from crm.deals where title = 'goes'`))
        return outcome
      },
    },
  },
  {
    fault: 'restore says done and did nothing',
    caughtBy: restored,
    broken: { restore: async () => nothingDone },
  },
  {
    fault: 'undo says done and did nothing',
    caughtBy: restored,
    broken: { undo: async () => nothingDone },
  },
  {
    fault: 'restore wipes more than was consented to',
    caughtBy: 'I4 R11 crm in_place: what nobody consented to lose is not wiped',
    broken: {
      restore: (request, call) => whole.restore({ ...request, consented: { ...request.consented, toleranceRows: 1_000 } }, call),
    },
  },
  {
    fault: 'restore goes on after it was cancelled',
    caughtBy: stopped,
    broken: { restore: (request, call) => whole.restore(request, { ...call, signal: new AbortController().signal }) },
  },
  {
    fault: 'restore commits without asking whether it may',
    caughtBy: stopped,
    broken: { restore: (request, call) => whole.restore(request, { ...call, mayCommit: async () => true }) },
  },
  {
    fault: 'whatever became of a restore, it is called committed',
    caughtBy: 'S50 crm in_place: what became of it is known from its trace',
    broken: { whatBecame: async () => 'committed' },
  },
  {
    fault: 'restore does without its safety copy',
    caughtBy: 'R12 nothing is overwritten without a finished safety copy',
    broken: { restore: (request, call) => whole.restore({ ...request, safety: request.snapshot }, call) },
  },
  {
    fault: 'records in conflict are left out without a word',
    caughtBy: 'S72 a record made again by hand is in conflict: listed, refused, and left out only where that is said',
    broken: {
      restore: ({ putBack, ...request }, call) =>
        whole.restore(putBack ? { ...request, putBack: { ...putBack, leaveOutConflicts: true } } : request, call),
    },
  },
]

const portals: TestPortal[] = []
afterAll(async () => {
  for (const portal of portals) await portal.drop()
})

test('twenty-three faults are known, each under a name of its own', () => {
  expect(new Set(faults.map(({ fault }) => fault)).size).toBe(23)
})

test.each(faults)('an adapter of which $fault does not pass', async ({ caughtBy, broken }) => {
  const checks = conformanceChecks({ ...whole, ...broken }, async () => {
    const portal = await makePortal(serverUrl())
    portals.push(portal)
    await portal.run('delete from intranet.tasks', 'delete from crm.deals')
    return spoilable(portal)
  })
  const check = checks.find(({ name }) => name === caughtBy)
  if (!check) throw new Error(`there is no check "${caughtBy}"`)
  await expect(check.run()).rejects.toMatchObject({ name: 'AssertionError' })
})
