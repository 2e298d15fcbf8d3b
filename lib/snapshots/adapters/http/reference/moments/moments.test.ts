import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { stopChild } from '#db/processes.ts'
import { textWith } from '#db/testing/matchers.ts'
import { momentChecks } from '../../../../conformance/moment-checks.ts'
import { readyToRestore } from '../../../../conformance/steps.ts'
import type { Captured, Outcome, SnapshotAdapter } from '../../../../port.ts'
import { postgresAdapter } from '../../../postgres/adapter.ts'
import { withClient } from '../../../postgres/connect.ts'
import { call, copiesOf, makePortal, type TestPortal } from '../../../postgres/testing/portal.ts'
import { serversWithPrograms } from '../../../postgres/testing/servers.ts'
import { spoilable } from '../../../postgres/testing/spoilable.ts'
import { httpAdapter } from '../../adapter.ts'
import { startReferenceProgram } from '../../testing/reference-program.ts'
import { startRemote } from '../../testing/remote.ts'
import { Moments } from './moments.ts'
import { segmentNumber } from './segments.ts'

const [server] = serversWithPrograms()

let url: string
let stop: () => Promise<void>
let moments: Moments
let remote: Awaited<ReturnType<typeof startRemote>>
let adapter: SnapshotAdapter
let portal: TestPortal
const directory = mkdtempSync(join(tmpdir(), 'restore-desk-moments-'))

beforeAll(async () => {
  if (!server) throw new Error('there is no server with its own programs')
  ;({ url, stop } = await server.start())
  portal = await makePortal(url)
  moments = await opened(directory)
  await moments.keep()
  remote = await startRemote(url, { moments })
  adapter = httpAdapter(() => remote.remote)
})

afterAll(async () => {
  await remote.stop()
  await moments.stop()
  await portal.drop()
  await stop()
  rmSync(directory, { recursive: true, force: true })
})

test('the portal as it was between two changes: row for row, structure and all, listed beside the others, with nothing left of the way there', async () => {
  await portal.run(`alter table crm.deals add column stage text default 'new'`, `insert into crm.deals (title) values ('first')`)
  const before = await deals(portal)
  const at = await instant(portal)
  await portal.run(
    `insert into crm.deals (title) values ('second')`,
    `update crm.deals set amount = 0`,
    'drop table intranet.tasks cascade',
  )
  const watched = watchedScratch()
  const captured = must(await captureAt(portal, at, watched.call))
  expect(await deals(portal, captured.snapshot.databaseName, captured)).toBe(before)
  expect(captured.manifest.tables.map(({ table, rows }) => [table, rows])).toEqual([
    ['companies', 20],
    ['deals', 201],
    ['tasks', 50],
  ])
  expect(captured).toMatchObject({ way: 'online', barredMs: 0, sessionsEnded: 0, changes: null })
  expect(await adapter.list(portal.ref)).toMatchObject([{ ...captured.snapshot, purpose: 'snapshot' }])
  expect(await adapter.verify(portal.ref, captured.snapshot, captured.manifest)).toEqual({ ok: true })
  // While it was on its way: one server, on a socket in a directory of its own, and on no address.
  expect(watched.seen()).toEqual({ mode: 0o700, listens: "listen_addresses = ''", boundaries: watched.usual })
  expect(readdirSync(join(directory, 's'))).toEqual([])
  await adapter.prune(portal.ref, captured.snapshot)
  await portal.run('create table intranet.tasks (id bigint, deal_id bigint, title text)')
})

test('I7 the same key asked again is the same snapshot, and a restore to it brings the moment back', async () => {
  const own = await ownPortal()
  await own.run(`insert into crm.deals (title) values ('goes')`)
  const at = await instant(own)
  await own.run(`delete from crm.deals where title = 'goes'`, `insert into crm.deals (title) values ('since')`)
  const key = crypto.randomUUID()
  const request = { ...captureOf(own, at), snapshotId: crypto.randomUUID() }
  const first = must(await adapter.capture(request, call({ idempotencyKey: key })))
  expect(must(await adapter.capture(request, call({ idempotencyKey: key })))).toEqual({ ...first, baseline: null })
  const kept = { ...first.snapshot, baseline: first.baseline }
  must(await adapter.restore(await readyToRestore(adapter, spoilable(own), kept, { way: 'in_place', scope: 'crm' }), call()))
  expect(await own.ask(`select string_agg(title, ',') from crm.deals where title in ('goes', 'since')`)).toBe('goes')
})

test('a moment before the first base, in the future, or before the portal was there is out of reach, and the range says so', async () => {
  const range = await adapter.moments?.(portal.ref)
  if (!range) throw new Error('no moment of the portal can be gone to')
  expect(range.from < range.to).toBe(true)
  const own = await ownPortal()
  const ofOwn = await adapter.moments?.(own.ref)
  expect(Date.parse(ofOwn?.from ?? '')).toBeGreaterThan(Date.parse(range.from))
  for (const [of, at] of [
    [portal, new Date(Date.parse(range.from) - 1).toISOString()],
    [portal, new Date(Date.now() + 3_600_000).toISOString()],
    [own, range.from],
  ] as const) {
    const refused = await captureAt(of, at)
    expect(refused).toMatchObject({ ok: false, refusal: { code: 'moment_out_of_reach', facts: { at, from: textWith('Z') } } })
    expect(await copiesOf(of)).toEqual([])
  }
})

test('a portal whose database came after the base: from then on, with what was written in it', async () => {
  const own = await ownPortal()
  const range = await adapter.moments?.(own.ref)
  const at = await instant(own)
  const before = await deals(own)
  await own.run('truncate crm.deals cascade')
  expect(at > (range?.from ?? '9')).toBe(true)
  const captured = must(await captureAt(own, at))
  expect(await deals(own, captured.snapshot.databaseName, captured)).toBe(before)
})

test('after a swap the portal is another database of the same name: a moment before it is of the one that was the portal then, also when that is gone', async () => {
  const own = await ownPortal()
  const made = await postgresAdapter.capture(captureOf(own), call())
  const { snapshot } = must(made)
  await own.run(`insert into crm.deals (title) values ('before the swap')`)
  await adapter.list(own.ref)
  must(await adapter.capture(captureOf(own), call()))
  const before = await deals(own)
  const at = await instant(own)
  const request = await readyToRestore(postgresAdapter, spoilable(own), snapshot, { way: 'swap', scope: 'full' })
  const { replaced } = must(await postgresAdapter.restore(request, call()))
  expect(await own.ask(`select count(*) from crm.deals where title = 'before the swap'`)).toBe('0')
  for (const gone of [false, true]) {
    if (gone && replaced) await postgresAdapter.prune(own.ref, replaced)
    const captured = must(await captureAt(own, at))
    expect(await deals(own, captured.snapshot.databaseName, captured)).toBe(before)
  }
  const since = await instant(own)
  await own.run('truncate crm.deals cascade')
  const after = must(await captureAt(own, since))
  expect(
    await own.ask(`select count(*) from crm.deals where title = 'before the swap'`, after.snapshot.databaseName).catch(String),
  ).toContain('not currently accepting')
  expect(after.manifest.tables.find(({ table }) => table === 'deals')?.rows).toBe(200)
})

test('I8 a name that was another customer’s at that moment is not taken for the portal', async () => {
  const [own, other] = [await ownPortal(), await ownPortal()]
  await own.run(`insert into crm.deals (title) values ('of this portal')`)
  await adapter.moments?.(own.ref)
  const [name, theirs] = [own.ref.databaseName, other.ref.databaseName]
  const at = await instant(own)
  await withClient(url, undefined, async (admin) => {
    await admin.query(`alter database ${theirs} rename to aside_${theirs}`)
    await admin.query(`alter database ${name} rename to ${theirs}`)
  })
  const renamed = { ...own, ref: { ...own.ref, databaseName: theirs } }
  const captured = must(await captureAt(renamed, at))
  expect(captured.manifest.tables.find(({ table }) => table === 'deals')?.rows).toBe(201)
  // The other's own, known by nothing but a name that it did not have then.
  const unknown = { ...other, ref: { ...other.ref, id: crypto.randomUUID(), databaseName: `new_${theirs}` } }
  await withClient(url, undefined, (admin) => admin.query(`create database new_${theirs}`))
  onTestFinished(() => withClient(url, undefined, async (admin) => void (await admin.query(`drop database new_${theirs}`))))
  expect(await captureAt(unknown, at)).toMatchObject({ ok: false, refusal: { code: 'moment_out_of_reach' } })
  await withClient(url, undefined, async (admin) => {
    await admin.query(`alter database ${theirs} rename to ${name}`)
    await admin.query(`alter database aside_${theirs} rename to ${theirs}`)
  })
})

test('S107 killed in the middle: no server is left, no copy is taken for a snapshot, and the next try makes it', async () => {
  const place = mkdtempSync(join(tmpdir(), 'restore-desk-moments-'))
  onTestFinished(() => rmSync(place, { recursive: true, force: true }))
  let program = await startProgram(place)
  onTestFinished(() => stopChild(program.child, 'SIGTERM', 15_000))
  const killed = httpAdapter(() => ({ ...remote.remote, url: program.url, limits: { answerMs: 5_000, reachMs: 3_000 } }))
  const own = await ownPortal()
  await expect.poll(() => killed.moments?.(own.ref), { timeout: 60_000 }).not.toBeNull()
  const before = await deals(own)
  const at = await instant(own)
  await own.run('truncate crm.deals cascade')
  let pid = 0
  const atCreate = call({
    observe: async (boundary, detail) => {
      if (boundary !== 'capture.bring' || detail?.doing !== 'comparing') return
      const [home = ''] = readdirSync(join(place, 's'))
      pid = Number(readFileSync(join(place, 's', home, 'data', 'postmaster.pid'), 'utf8').split('\n')[0])
      await stopChild(program.child, 'SIGKILL', 10_000)
    },
  })
  expect(await killed.capture(captureOf(own, at), atCreate)).toMatchObject({ ok: false, refusal: { code: 'remote_unusable' } })
  expect(pid).toBeGreaterThan(0)
  expect(await copiesOf(own)).toHaveLength(1)
  program = await startProgram(place)
  expect(readdirSync(join(place, 's'))).toEqual([])
  expect(existsSync(`/proc/${pid}`)).toBe(false)
  expect(await killed.list(own.ref)).toEqual([])
  expect(await killed.recover({ portal: own.ref, keep: [], busy: [] })).toMatchObject({
    removed: [{ why: textWith('interrupted') }],
  })
  await expect.poll(() => killed.moments?.(own.ref), { timeout: 60_000 }).not.toBeNull()
  const captured = must(await killed.capture(captureOf(own, at), call()))
  expect(await deals(own, captured.snapshot.databaseName, captured)).toBe(before)
})

test('S60 stopped by hand it leaves neither a server nor a copy', async () => {
  const stopped = new AbortController()
  const at = await instant(portal)
  await portal.run(`insert into crm.deals (title) values ('later')`)
  const watched = call({
    signal: stopped.signal,
    observe: async (boundary) => {
      if (boundary === 'capture.bring') stopped.abort(new Error('stopped by hand'))
    },
  })
  await expect(captureAt(portal, at, watched)).rejects.toThrow('stopped by hand')
  await expect.poll(() => readdirSync(join(directory, 's')), { timeout: 30_000 }).toEqual([])
  await expect.poll(() => copiesOf(portal), { timeout: 30_000 }).toEqual([])
})

test('bases and WAL that nobody needs are thrown away; where a piece of WAL is lost, only what comes after it is offered', async () => {
  const place = mkdtempSync(join(tmpdir(), 'restore-desk-moments-'))
  onTestFinished(() => rmSync(place, { recursive: true, force: true }))
  const short = await opened(place, 1)
  onTestFinished(() => short.stop())
  const line = () => join(place, 'lines', readdirSync(join(place, 'lines'))[0] ?? '')
  const segments = () => readdirSync(join(line(), 'wal')).flatMap((name) => segmentNumber(name, 16 * 1024 * 1024) ?? [])
  await short.keep()
  const [first] = readdirSync(join(line(), 'bases'))
  await portal.run('select pg_switch_wal()')
  await short.keep()
  const [second, ...more] = readdirSync(join(line(), 'bases'))
  expect(second).not.toBe(first)
  expect(more).toEqual([])
  const { firstSegment } = JSON.parse(readFileSync(join(line(), 'bases', second ?? '', 'base.json'), 'utf8')) as {
    firstSegment: number
  }
  expect(Math.min(...segments())).toBe(firstSegment)

  const long = await opened(place)
  onTestFinished(() => long.stop())
  await short.stop()
  await long.keep()
  const before = await rangeOf(long)
  for (const _ of [1, 2]) await portal.run('create table intranet.more ()', 'select pg_switch_wal()', 'drop table intranet.more')
  await expect.poll(segments).toContain(firstSegment + 2)
  const lost = readdirSync(join(line(), 'wal')).find((name) => segmentNumber(name, 16 * 1024 * 1024) === firstSegment + 1)
  rmSync(join(line(), 'wal', lost ?? ''))
  expect(await long.range(superOf(portal))).toEqual({ moments: null, because: 'there is no base backup yet' })
  await long.keep()
  expect((await rangeOf(long)).from > before.to).toBe(true)
  expect(readdirSync(join(line(), 'bases'))).toHaveLength(1)
})

test('where nothing can be received, no base is copied that would lead nowhere, and it says why', async () => {
  const place = mkdtempSync(join(tmpdir(), 'restore-desk-moments-'))
  onTestFinished(() => rmSync(place, { recursive: true, force: true }))
  const own = await opened(place)
  onTestFinished(() => own.stop())
  await own.keep()
  const home = join(place, 'lines', readdirSync(join(place, 'lines'))[0] ?? '')
  const bases = () => readdirSync(join(home, 'bases'))
  for (const name of bases()) rmSync(join(home, 'bases', name), { recursive: true })
  // Nobody but root may write there now, and the receiver is not root.
  chmodSync(join(home, 'wal'), 0o500)
  const ended = `select pg_terminate_backend(active_pid, 10000) from pg_replication_slots where slot_name = $1`
  await withClient(url, undefined, (admin) => admin.query(ended, [own.slot]))
  for (const name of readdirSync(join(home, 'wal'))) rmSync(join(home, 'wal', name))
  await expect(own.keep()).rejects.toThrow('nothing is received')
  expect(bases()).toEqual([])
})

test('where PostgreSQL’s own programs are not installed, moments are not offered, and it says which are missing', async () => {
  const empty = mkdtempSync(join(tmpdir(), 'restore-desk-moments-'))
  onTestFinished(() => rmSync(empty, { recursive: true, force: true }))
  const answer = await Moments.open({ adminUrl: url, directory: empty, programDirectories: [empty] })
  expect(answer).toEqual({ ok: false, because: textWith('postgresql-client-') })
  const without = await startRemote(url)
  onTestFinished(without.stop)
  const blunt = httpAdapter(() => without.remote)
  expect(await blunt.moments?.(portal.ref)).toBeNull()
  expect(blunt.capabilities.anyMoment).toBe(false)
  expect(adapter.capabilities.anyMoment).toBe(true)
})

test('the kit’s own check of moments', async () => {
  const [check, ...more] = momentChecks(adapter, async () => {
    const own = await ownPortal()
    await own.run('delete from intranet.tasks', 'delete from crm.deals')
    return spoilable(own)
  })
  expect(more).toEqual([])
  await check?.run()
})

async function opened(at: string, retentionMs?: number): Promise<Moments> {
  const answer = await Moments.open({ adminUrl: url, directory: at, ...(retentionMs === undefined ? {} : { retentionMs }) })
  if (!answer.ok) throw new Error(answer.because)
  return answer.moments
}

async function ownPortal(): Promise<TestPortal> {
  const own = await makePortal(url)
  onTestFinished(() => own.drop())
  // A database is told to be as old as its first file, by the second.
  await expect.poll(() => adapter.moments?.(own.ref), { timeout: 30_000 }).not.toBeNull()
  return own
}

const superOf = (of: TestPortal) => ({ ...of.ref, adminUrl: url })

async function rangeOf(of: Moments) {
  const { moments: range } = await of.range(superOf(portal))
  if (!range) throw new Error('no moments')
  return range
}

/** One that lies between what was committed before this and what is committed after it. */
async function instant(of: TestPortal): Promise<string> {
  const at = await of.ask(
    `to_char(date_trunc('milliseconds', clock_timestamp()) at time zone 'UTC' + interval '1 ms', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
  )
  if (at === null) throw new Error('the server has no clock')
  await of.ask(`pg_sleep_until('${at}'::timestamptz + interval '1 ms')`)
  return at
}

function captureOf(of: TestPortal, at?: string) {
  const request = { portal: of.ref, snapshotId: crypto.randomUUID(), purpose: 'snapshot', previous: null } as const
  return { ...request, mayBar: 'when_needed', barTimeoutMs: 10_000, ...(at === undefined ? {} : { at }) } as const
}

const captureAt = (of: TestPortal, at: string, watched = call()) => adapter.capture(captureOf(of, at), watched)

/** All of the deals, or the sum that the manifest has of them where nobody may enter. */
async function deals(of: TestPortal, databaseName = of.ref.databaseName, captured?: Captured): Promise<string | null> {
  const ask = () => of.ask(`select md5(string_agg(d::text, '|' order by id)) from crm.deals d`, databaseName)
  if (!captured) return ask()
  const open = (allowed: boolean) =>
    withClient(url, undefined, (admin) => admin.query(`alter database ${databaseName} with allow_connections ${allowed}`))
  await open(true)
  const sum = await ask()
  await open(false)
  return sum
}

function watchedScratch() {
  const usual = ['capture.begin', 'capture.create', 'capture.bring', 'capture.brought', 'capture.describe', 'capture.ready']
  const boundaries: string[] = []
  let mode = 0
  let listens: string | undefined
  const watched = call({
    observe: async (boundary, detail) => {
      if (boundaries.at(-1) !== boundary) boundaries.push(boundary)
      if (detail?.doing !== 'comparing') return
      const [home = ''] = readdirSync(join(directory, 's'))
      mode = statSync(join(directory, 's', home)).mode & 0o777
      const settings = readFileSync(join(directory, 's', home, 'data', 'postgresql.conf'), 'utf8')
      listens = settings.split('\n').find((line) => line.startsWith('listen_addresses'))
    },
  })
  return { call: watched, usual, seen: () => ({ mode, listens, boundaries }) }
}

function must<T>(outcome: Outcome<T>): { ok: true } & T {
  if (outcome.ok) return outcome
  throw new Error(`refused: ${JSON.stringify(outcome.refusal)}`)
}

const startProgram = (place: string) =>
  startReferenceProgram({ 'database-url': url, directory: join(place, 'own'), moments: place }, remote.remote.secret)
