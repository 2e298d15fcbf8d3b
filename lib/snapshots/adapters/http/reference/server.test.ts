import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { stopChild } from '#db/processes.ts'
import { serverUrl } from '#db/testing/databases.ts'
import { textWith } from '#db/testing/matchers.ts'
import { restoreTraceSchema, type SnapshotAdapter } from '../../../port.ts'
import { postgresAdapter } from '../../postgres/adapter.ts'
import { call, makePortal, type TestPortal } from '../../postgres/testing/portal.ts'
import { httpAdapter } from '../adapter.ts'
import { sumOfPage } from '../page-sum.ts'
import { sign, signatureHeaders } from '../signature.ts'
import { startReferenceProgram } from '../testing/reference-program.ts'
import { startRemote } from '../testing/remote.ts'
import { Spool } from './spool.ts'

let portal: TestPortal
let honest: Awaited<ReturnType<typeof startRemote>>
beforeAll(async () => {
  portal = await makePortal(serverUrl())
  honest = await startRemote(serverUrl())
})
afterAll(async () => {
  await honest.stop()
  await portal.drop()
})

type Request = { method: string; path: string; body: string; id: string; timestamp: number; key?: string; secret: string }
const signed = (change: Partial<Request> = {}): Request => ({
  method: 'GET',
  path: '/capabilities',
  body: '',
  id: crypto.randomUUID(),
  timestamp: Math.floor(Date.now() / 1000),
  secret: honest.remote.secret,
  ...change,
})

/** Sends it as it is signed, but for what is changed on the way. */
async function send(request: Request, onTheWay: Partial<Request> = {}) {
  const { id, timestamp, key } = request
  const signature = sign(request.secret, { ...request, body: Buffer.from(request.body) })
  const { method, path, body } = { ...request, ...onTheWay }
  const answer = await fetch(`${honest.remote.url}${path}`, {
    method,
    headers: {
      [signatureHeaders.id]: onTheWay.id ?? id,
      [signatureHeaders.timestamp]: String(onTheWay.timestamp ?? timestamp),
      [signatureHeaders.signature]: signature,
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    ...(method === 'GET' ? {} : { body }),
  })
  const text = await answer.text()
  return { status: answer.status, answer: text === '' ? null : (JSON.parse(text) as unknown) }
}

const refusedWith = (status: number, because: string) => ({ status, answer: { title: 'refused', detail: textWith(because) } })

test('S119 a request is let in once: signed, whole, of these minutes, and not seen before', async () => {
  const good = signed()
  expect(await send(good)).toMatchObject({ status: 200, answer: { protocol: 1 } })
  expect(await send(good)).toEqual(refusedWith(401, 'sent before'))
  const wrong = `whsec_${Buffer.alloc(32, 1).toString('base64')}`
  expect(await send(signed({ secret: wrong }))).toEqual(refusedWith(401, 'signature is wrong'))
  for (const minutes of [-6, 6]) {
    const timestamp = Math.floor(Date.now() / 1000) + minutes * 60
    expect(await send(signed({ timestamp }))).toEqual(refusedWith(401, 'too far from now'))
  }
  const remove = signed({ method: 'POST', path: '/comparisons', body: '{}' })
  for (const change of [
    { path: '/restores' },
    { body: '{"a":1}' },
    { id: crypto.randomUUID() },
    { timestamp: remove.timestamp + 1 },
  ])
    expect(await send(remove, change)).toEqual(refusedWith(401, 'signature is wrong'))
  const unsigned = await fetch(`${honest.remote.url}/capabilities`)
  expect(unsigned.status).toBe(401)
})

test('S117 what is no question of the protocol is told so, and nothing is done', async () => {
  const post = (path: string, body: string, key?: string) =>
    send(signed({ method: 'POST', path, body, ...(key === undefined ? {} : { key }) }))
  expect(await post('/comparisons', '{}')).toEqual(refusedWith(400, 'Idempotency-Key'))
  expect(await post('/comparisons', '{', 'k1')).toEqual(refusedWith(400, 'not JSON'))
  expect(await post('/comparisons', '{"portal":1}', 'k2')).toEqual(refusedWith(400, 'portal'))
  expect(await post('/nowhere', '{}', 'k3')).toEqual(refusedWith(404, 'not offered'))
  expect(await post('/extracts', '{}', 'k4')).toEqual(refusedWith(400, 'portal'))
  expect(await send(signed({ path: '/extracts/unknown/tables/0?after=0' }))).toEqual(refusedWith(404, 'no rows after 0'))
  expect(await send(signed({ path: '/operations/unknown' }))).toEqual(refusedWith(404, 'no operation'))
  expect(await send(signed({ path: '/portals/x/snapshots' }))).toEqual(refusedWith(400, 'name the portal'))
})

test('I7 S116 one key is one operation, for ever: fifty at once, after a restart, and never for another question', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'restore-desk-remote-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  let measured = 0
  const adapter: SnapshotAdapter = {
    ...postgresAdapter,
    describe: async () => {
      measured += 1
      return { version: 1, serverVersion: 180004, structure: '', tables: [], leftOut: [] }
    },
  }
  const ask = async (url: string, snapshot: string) => {
    const [path, key] = ['/measurements', 'the one key']
    const { id, databaseName, scopePatterns } = portal.ref
    const body = JSON.stringify({ portal: { id, databaseName, scopePatterns }, snapshot: { id: snapshot, databaseName: 'rd_x' } })
    const request = signed({ method: 'POST', path, body, key })
    const signature = sign(request.secret, { ...request, body: Buffer.from(body) })
    const headers = {
      [signatureHeaders.id]: request.id,
      [signatureHeaders.timestamp]: String(request.timestamp),
      [signatureHeaders.signature]: signature,
      'idempotency-key': key,
    }
    const answer = await fetch(`${url}${path}`, { method: 'POST', headers, body })
    return { status: answer.status, body: await answer.text() }
  }
  const first = await startRemote(serverUrl(), { adapter, directory })
  const answers = await Promise.all(Array.from({ length: 50 }, () => ask(first.remote.url, 'a')))
  expect(new Set(answers.map(({ body }) => body)).size).toBe(1)
  expect(answers.filter(({ status }) => status === 202)).toHaveLength(1)
  expect((await ask(first.remote.url, 'b')).status).toBe(422)
  await first.stop()
  const second = await startRemote(serverUrl(), { adapter, directory })
  onTestFinished(second.stop)
  expect(await ask(second.remote.url, 'a')).toEqual({ status: 200, body: answers[0]?.body })
  expect(measured).toBe(1)
})

test('rows that are kept aside are gone once they are deleted, when nobody reads them, and when the server is started again; no other name reaches a file', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'restore-desk-remote-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const columns = [{ name: 'id', type: 'bigint', kind: 'number', generated: false } as const]
  const rows = ['1', '2', '3'].map((id) => ({ change: 'newer' as const, values: [id] }))
  const table = {
    schema: 'crm',
    table: 'deals',
    columns,
    withheld: [],
    rows: 3,
    bytes: 3,
    async *read() {
      yield* rows
    },
  }
  const patient = { pageRows: 2, patienceMs: 60_000 }
  const keep = async (spool: Spool, id: string) => spool.keep(id, [table], new AbortController().signal)
  const spool = await Spool.open(directory, patient)
  const [told] = await keep(spool, 'a0')
  const first = await spool.page('a0', 0, 0)
  const second = await spool.page('a0', 0, 2)
  expect([told?.sum, first?.next, second?.next]).toEqual([
    sumOfPage(rows.slice(0, 2), first?.next ?? ''),
    sumOfPage(rows.slice(2), null),
    null,
  ])
  for (const [id, at, after] of [
    ['a0', 0, 1],
    ['a0', 1, 0],
    ['a1', 0, 0],
    ['../extracts/a0', 0, 0],
  ] as const)
    expect(await spool.page(id, at, after)).toBeNull()
  for (const id of ['../extracts', '../extracts/a0', '.', '']) await spool.drop(id)
  expect(await spool.page('a0', 0, 0)).toEqual(first)
  await spool.drop('a0')
  expect(await spool.page('a0', 0, 0)).toBeNull()
  await keep(spool, 'a2')
  const again = await Spool.open(directory, { ...patient, patienceMs: 100 })
  expect(await again.page('a2', 0, 0)).toBeNull()
  await keep(again, 'a3')
  await expect.poll(() => readdirSync(join(directory, 'extracts'))).toEqual([])
  await spool.close()
})

test.each(['restore.locked', 'restore.committed'] as const)(
  'S50 S119 a reference server that is killed at %s says what became of the restore when it is back, and holds nothing',
  async (at) => {
    const directory = mkdtempSync(join(tmpdir(), 'restore-desk-remote-'))
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
    let server = await startProgram(directory)
    onTestFinished(() => stopChild(server.child, 'SIGTERM', 10_000))
    const adapter = httpAdapter(() => ({ ...honest.remote, url: server.url, limits: { answerMs: 5_000, reachMs: 3_000 } }))
    const capture = async (purpose: 'snapshot' | 'safety') => {
      const request = { portal: portal.ref, snapshotId: crypto.randomUUID(), purpose, previous: null, barTimeoutMs: 10_000 }
      const made = await adapter.capture({ ...request, mayBar: 'when_needed' }, call())
      if (!made.ok) throw new Error(JSON.stringify(made.refusal))
      return { ...made.snapshot, baseline: made.baseline }
    }
    const snapshot = await capture('snapshot')
    await portal.run('update crm.deals set amount = amount + 1 where id < 20')
    const safety = await capture('safety')
    const asked = { portal: portal.ref, snapshot, scope: 'crm', examplesPerTable: 0, edgeHandling: { '*': 'null' } } as const
    const { digest, wiped } = await adapter.compare({ ...asked, columns: [] })
    let trace: unknown = null
    const request = {
      ...asked,
      safety,
      way: 'in_place',
      consented: { digest, wiped, toleranceRows: 0 },
      journalDirectory: join(portal.directory, crypto.randomUUID()),
      giveBackFrom: null,
      limits: { lockWaitMs: 5_000, lockHeldMs: 20_000 },
    } as const
    const watched = call({
      observe: async (boundary, detail) => {
        if (boundary === 'restore.begin') trace = detail
        if (boundary === at) await stopChild(server.child, 'SIGKILL', 10_000)
      },
    })
    const code = at === 'restore.committed' ? 'remote_unproved' : 'remote_unusable'
    expect(await adapter.restore(request, watched)).toMatchObject({ ok: false, refusal: { code } })
    server = await startProgram(directory)
    expect(await adapter.whatBecame(portal.ref, restoreTraceSchema.parse(trace))).toBe(
      at === 'restore.committed' ? 'committed' : 'rolled_back',
    )
    await portal.run(`set lock_timeout = '5s'`, 'update crm.deals set amount = amount')
  },
)

const startProgram = (directory: string) =>
  startReferenceProgram({ 'database-url': serverUrl(), directory }, honest.remote.secret)
