import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { serverUrl } from '#db/testing/databases.ts'
import { listWith, textWith } from '#db/testing/matchers.ts'
import type { Call, Captured, Outcome, Restored, RestoreRequest, SnapshotRef } from '../../port.ts'
import { postgresAdapter } from '../postgres/adapter.ts'
import { withClient } from '../postgres/connect.ts'
import { call, makePortal, type TestPortal } from '../postgres/testing/portal.ts'
import { spoilable } from '../postgres/testing/spoilable.ts'
import { httpAdapter } from './adapter.ts'
import type { Remote, RemoteLimits } from './remote.ts'
import { startLiar, type Twist } from './testing/liar.ts'
import * as lies from './testing/lies.ts'
import { startRemote } from './testing/remote.ts'

/** Short, so that a remote that says nothing is given up while the test still watches; one that works is never silent for so long. */
const impatient: Partial<RemoteLimits> = { answerMs: 3_000, answerBytes: 1024 * 1024, reachMs: 5_000, silenceMs: 20_000 }

let portal: TestPortal
let honest: Awaited<ReturnType<typeof startRemote>>
let snapshot: SnapshotRef
let safety: SnapshotRef
beforeAll(async () => {
  portal = await makePortal(serverUrl())
  await portal.run('delete from intranet.tasks', 'delete from crm.deals')
  honest = await startRemote(serverUrl(), { patienceMs: 5_000 })
  await spoilable(portal).addDeals('stays', 'goes', 'changes')
  const capture = async (purpose: 'snapshot' | 'safety') => {
    const request = { portal: portal.ref, snapshotId: crypto.randomUUID(), purpose, previous: null, barTimeoutMs: 10_000 }
    return kept(must(await httpAdapter(() => honest.remote).capture({ ...request, mayBar: 'when_needed' }, call())))
  }
  snapshot = await capture('snapshot')
  safety = await capture('safety')
})
afterAll(async () => {
  await honest.stop()
  await portal.drop()
})

const spoiledDeals = ['changed', 'since 1', 'since 2', 'stays']
const restoredDeals = ['changes', 'goes', 'stays']
const deals = () => spoilable(portal).deals()

/** Spoils the portal, whatever the test before left of it, and asks the honest remote what there is to consent to. */
async function readyToRestore(): Promise<RestoreRequest> {
  await portal.run(
    `delete from crm.deals where title in ('goes', 'since 1', 'since 2')`,
    `update crm.deals set title = 'changed' where title = 'changes'`,
    `insert into crm.deals (title) values ('since 1'), ('since 2')`,
  )
  const edgeHandling = { '*': 'null' } as const
  const asked = { portal: portal.ref, snapshot, scope: 'crm', examplesPerTable: 0, edgeHandling } as const
  const { digest, wiped } = await httpAdapter(() => honest.remote).compare({ ...asked, columns: [] })
  return {
    portal: portal.ref,
    snapshot,
    safety,
    scope: 'crm',
    way: 'in_place',
    edgeHandling,
    consented: { digest, wiped, toleranceRows: 0 },
    journalDirectory: spoilable(portal).journal(),
    giveBackFrom: null,
    limits: { lockWaitMs: 5_000, lockHeldMs: 20_000 },
  }
}

const kept = ({ snapshot: made, baseline }: Captured): SnapshotRef => ({ ...made, baseline })

function must<T>(outcome: Outcome<T>): { ok: true } & T {
  if (outcome.ok) return outcome
  throw new Error(`refused: ${JSON.stringify(outcome.refusal)}`)
}

async function liar(twist: Twist, limits: Partial<RemoteLimits> = {}): Promise<Remote> {
  const { url, stop } = await startLiar(honest.remote.url, twist)
  onTestFinished(stop)
  return { ...honest.remote, url, limits: { ...impatient, ...limits } }
}

const restoreBy = (remote: Remote, request: RestoreRequest, watched: Call = call()): Promise<Outcome<Restored>> =>
  httpAdapter(() => remote).restore(request, watched)

const refusedAs = (code: string, because: string) => ({ ok: false, refusal: { code, facts: { because: textWith(because) } } })

/** People may write at once, and nobody holds anything but what they read. */
async function expectNothingLocked(): Promise<void> {
  const held = `select count(*) from pg_locks l join pg_database d on d.oid = l.database
    where d.datname = '${portal.ref.databaseName}' and l.locktype = 'relation' and l.mode like '%Exclusive%'`
  await expect.poll(() => portal.ask(held, 'postgres'), { timeout: 20_000 }).toBe('0')
  await portal.run(`set lock_timeout = '5s'`, 'update crm.deals set amount = amount')
}

test.each<[string, string, Twist]>([
  ['was allowed to commit, did nothing and says restored', 'the portal does not show it', lies.saysDoneAfter(true)],
  ['says restored and never asked whether it may', 'without asking', lies.saysDoneUnasked],
  [
    'restored, and says that it was refused',
    'says refused, and the portal shows',
    lies.changesOutcome(1, { outcome: 'refused', refusal: { code: 'loss_grew' } }),
  ],
  ['restored, and says that it failed', 'says failed, and the portal shows', lies.changesOutcome(1, { outcome: 'failed' })],
  ['says restored, and then that it failed', 'said done, and then failed', lies.changesOutcome(2, { outcome: 'failed' })],
  ['says restored, and then that it is not over', 'not over', lies.changesOutcome(2, { outcome: null })],
  ['says restored, and then other rows', 'said done, and then done', lies.changesOutcome(2, { result: lies.result })],
  ['restored, and tells of it in another shape', 'another shape', lies.changesOutcome(1, { result: { rows: 'all' } })],
  ['says restored, and is never heard of again', 'cannot be asked again', lies.vanishesOnceDone()],
  ['is never heard of again once it may commit', 'does not say what became of it', lies.vanishesAfterCommit()],
])('S119 a remote that %s: never restored, a person must look', async (_, because, twist) => {
  const request = await readyToRestore()
  expect(await restoreBy(await liar(twist), request)).toMatchObject(refusedAs('remote_unproved', because))
  await expectNothingLocked()
})

test('S119 I15 a remote that was told not to commit, and says restored', async () => {
  const request = await readyToRestore()
  const forbidden = call({ mayCommit: async () => false })
  const outcome = await restoreBy(await liar(lies.saysDoneAfter(false)), request, forbidden)
  expect(outcome).toMatchObject(refusedAs('remote_unproved', 'told not to commit'))
  expect(await deals()).toEqual(spoiledDeals)
  await expectNothingLocked()
})

test('S119 S60 a remote that was cancelled, and says restored', async () => {
  const request = await readyToRestore()
  const stop = new AbortController()
  const stopped = call({
    signal: stop.signal,
    observe: async (boundary) => {
      if (boundary === 'restore.locked') stop.abort(new Error('stopped by hand'))
    },
  })
  const outcome = await restoreBy(await liar(lies.saysDoneWhenCancelled()), request, stopped)
  expect(outcome).toMatchObject(refusedAs('remote_unproved', 'cancelled before it might commit'))
  expect(await deals()).toEqual(spoiledDeals)
  await expectNothingLocked()
})

test('S119 a remote that leaves one row out: the table is named', async () => {
  const careless = await startRemote(serverUrl(), {
    adapter: {
      ...postgresAdapter,
      restore: async (request, watched) => {
        const outcome = await postgresAdapter.restore(request, watched)
        await withClient(request.portal.adminUrl, request.portal.databaseName, (live) =>
          live.query(`delete from crm.deals where title = 'goes'`),
        )
        return outcome
      },
    },
  })
  onTestFinished(careless.stop)
  const request = await readyToRestore()
  const outcome = await restoreBy(careless.remote, request)
  expect(outcome).toMatchObject(refusedAs('remote_unproved', 'the portal does not show it'))
  expect(outcome).toMatchObject({ refusal: { facts: { tables: ['crm.deals holds 2 rows instead of 3'] } } })
})

test.each<[string, string, Twist]>([
  ['never answers', 'no whole answer within 3000 ms', lies.always(lies.hang)],
  ['answers drop by drop', 'no whole answer within 3000 ms', lies.always(lies.drip)],
  ['answers without end', 'larger than 1048576 bytes', lies.always(lies.flood)],
  ['answers with a packed bomb', 'packed', lies.always(lies.bomb)],
  ['redirects into the private network', 'redirects (307)', lies.always(lies.redirect)],
  ['answers with a page', 'not JSON', lies.always(lies.notJson)],
  ['breaks off each time', 'socket hang up', lies.always(lies.reset)],
  ['answers 500 each time', 'it answered 500', lies.always({ status: 500, body: {} })],
  ['answers in another shape', 'another shape', lies.always({ status: 202, body: { operationId: 7 } })],
  ['says no without a reason', 'it answered 403', lies.always({ status: 403, body: {} })],
  ['tells of another operation', 'it tells of another', lies.tellsOfAnother],
  ['passes boundaries without end', 'without end', lies.tellsWithoutEnd],
])('S119 a remote that %s: refused with the reason, and the portal as it was', async (_, because, twist) => {
  const request = await readyToRestore()
  expect(await restoreBy(await liar(twist), request)).toMatchObject(refusedAs('remote_unusable', because))
  expect(await deals()).toEqual(spoiledDeals)
  await expectNothingLocked()
})

test.each([
  ['before the lock', 'restore.check', { silenceMs: 1_500 }, 20_000, 'nothing new for 1500 ms'],
  ['under the lock', 'restore.locked', {}, 1_500, 'held the portal for 1500 ms'],
])('S119 a remote that stalls %s is cancelled, and holds nothing', async (_, at, limits, lockHeldMs, because) => {
  const ready = await readyToRestore()
  const request = { ...ready, limits: { ...ready.limits, lockHeldMs } }
  expect(await restoreBy(await liar(lies.fallsSilentAt(at), limits), request)).toMatchObject(
    refusedAs('remote_unusable', because),
  )
  expect(await deals()).toEqual(spoiledDeals)
  await expectNothingLocked()
})

test('S119 I7 an answer lost on the way is asked for again under the same key, which is one operation; what it tells twice counts once', async () => {
  const request = await readyToRestore()
  const keys: (string | undefined)[] = []
  const ids = new Set<unknown>()
  const observed: string[] = []
  const again = lies.tellsAllAgain()
  const remote = await liar(async (passing) => {
    if (!lies.isAsked(passing)) return again(passing)
    keys.push(passing.key)
    const answer = await passing.honest()
    ids.add(answer.body.operationId)
    return [lies.reset, { status: 503, body: {} }][keys.length - 1] ?? null
  })
  const watched = call({
    observe: async (boundary) => {
      observed.push(boundary)
    },
  })
  const restored = must(await restoreBy(remote, request, watched))
  expect(restored.total).toEqual({ missing: 2, newer: 3, changed: 0 })
  expect(await deals()).toEqual(restoredDeals)
  expect(keys).toEqual(Array.from({ length: 3 }, () => watched.idempotencyKey))
  expect(ids.size).toBe(1)
  expect(observed.filter((boundary) => boundary === 'restore.commit')).toHaveLength(1)
  // Another worker asks with the same key: the same operation, and the portal is read again.
  expect(await restoreBy(honest.remote, request, call({ idempotencyKey: watched.idempotencyKey }))).toMatchObject({ ok: true })
})

const onCommit = (work: () => Promise<void>) =>
  call({
    observe: async (boundary) => {
      if (boundary === 'restore.committed') await work()
    },
  })

test('what people enter, change and delete after the commit is no doubt about the restore', async () => {
  const { addDeals, renameDeal } = spoilable(portal)
  await portal.run(`delete from crm.deals where title = 'stays'`)
  must(await restoreBy(honest.remote, await readyToRestore()))
  const request = await readyToRestore()
  const worked = onCommit(async () => {
    await addDeals('since 1')
    await renameDeal('stays', 'stays on')
    await portal.run('update crm.companies set name = upper(name) where id < 5', 'delete from crm.companies where id = 20')
  })
  expect(await restoreBy(honest.remote, request, worked)).toMatchObject({ ok: true })
  expect(await deals()).toEqual(['changes', 'goes', 'since 1', 'stays on'])
})

test('S119 what was changed of the very rows that came back, before they were read, leaves the restore unproved', async () => {
  const request = await readyToRestore()
  const worked = onCommit(() => spoilable(portal).renameDeal('goes', 'gone again'))
  expect(await restoreBy(honest.remote, request, worked)).toMatchObject(refusedAs('remote_unproved', 'does not show it'))
  await portal.run(`delete from crm.deals where title = 'gone again'`)
})

test('S119 S66 a snapshot without its seal, protected columns, erased records and chosen records cannot be proved, and are not asked for', async () => {
  const request = await readyToRestore()
  const column = { table: { schema: 'crm', name: 'deals' }, columns: [{ name: 'amount', whenBack: 'as_then' }] } as const
  const protection = { tables: [], columns: [column] }
  const erased = [{ table: { schema: 'crm', name: 'deals' }, columns: ['id'], keys: [['1']] }]
  for (const change of [
    { snapshot: { ...snapshot, baseline: null } },
    { scope: 'put_back' },
    { way: 'swap', scope: 'full' },
    { portal: { ...portal.ref, protection } },
    { portal: { ...portal.ref, protection: { tables: [], columns: [], erased } } },
  ] satisfies Partial<RestoreRequest>[])
    expect(await restoreBy(honest.remote, { ...request, ...change })).toMatchObject({
      ok: false,
      refusal: { code: 'remote_unprovable' },
    })
  expect(await deals()).toEqual(spoiledDeals)
})

test.each([
  ['http://127.0.0.1', 'not https'],
  ['https://127.0.0.1', 'private network'],
  ['https://0x7f.1', 'private network'],
  ['https://[::1]', 'private network'],
  ['https://[::ffff:127.0.0.1]', 'private network'],
  ['https://[64:ff9b::7f00:1]', 'private network'],
  ['https://169.254.169.254', 'private network'],
  ['https://10.1.2.3', 'private network'],
  ['https://[fd00::1]', 'private network'],
  // A name is judged by what it resolves to, at the instant of connecting.
  ['https://localhost', 'private network'],
])('S119 %s is not connected to unless the private network is allowed', async (address, because) => {
  let connected = 0
  const { url, stop } = await startLiar(honest.remote.url, async () => {
    connected += 1
    return null
  })
  onTestFinished(stop)
  const remote = { ...honest.remote, url: `${address}:${new URL(url).port}`, privateNetwork: false, limits: impatient }
  const health = await httpAdapter(() => remote).health(portal.ref, null)
  expect(health).toMatchObject({ ok: false, problems: listWith([{ code: 'remote_unusable', words: textWith(because) }]) })
  expect(connected).toBe(0)
})

test('S119 a remote that tells of another portal’s snapshots, or of another snapshot than was asked for', async () => {
  const foreign = { ...snapshot, baseline: undefined, portalId: crypto.randomUUID(), purpose: 'snapshot', bytes: 1 }
  const lists = await liar(async ({ method, path }) =>
    method === 'GET' && path.startsWith('/portals/')
      ? { status: 200, body: { snapshots: [{ ...foreign, completedAt: '2026-11-26T00:00:00Z' }] } }
      : null,
  )
  await expect(httpAdapter(() => lists).list(portal.ref)).rejects.toThrow('it tells of one of')
  const swaps = await liar(async (passing) => {
    if (!lies.isWatched(passing)) return null
    const answer = await passing.honest()
    if (answer.body.outcome !== 'done') return answer
    const made = z.looseObject({ snapshot: z.unknown() }).parse(answer.body.result)
    return { ...answer, body: { ...answer.body, result: { ...made, snapshot } } }
  })
  const request = { portal: portal.ref, snapshotId: crypto.randomUUID(), purpose: 'snapshot', previous: null } as const
  const outcome = await httpAdapter(() => swaps).capture({ ...request, mayBar: 'when_needed', barTimeoutMs: 10_000 }, call())
  expect(outcome).toMatchObject(refusedAs('remote_unusable', 'it tells of'))
})
