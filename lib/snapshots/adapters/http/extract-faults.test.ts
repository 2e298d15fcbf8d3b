import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { serverUrl } from '#db/testing/databases.ts'
import { listWith, textWith } from '#db/testing/matchers.ts'
import {
  AdapterRefused,
  type ExtractedRow,
  type ExtractedTable,
  type ExtractRequest,
  type SnapshotAdapter,
  type SnapshotRef,
} from '../../port.ts'
import { postgresAdapter } from '../postgres/adapter.ts'
import { call, makePortal, type TestPortal } from '../postgres/testing/portal.ts'
import { httpAdapter } from './adapter.ts'
import type { Remote, RemoteLimits } from './remote.ts'
import { type Honest, type Passing, startLiar, type Twist } from './testing/liar.ts'
import * as lies from './testing/lies.ts'
import { startRemote } from './testing/remote.ts'

const impatient: Partial<RemoteLimits> = { answerMs: 3_000, answerBytes: 1024 * 1024, reachMs: 1_000, silenceMs: 20_000 }

let portal: TestPortal
let honest: Awaited<ReturnType<typeof startRemote>>
let before: SnapshotRef
let source: SnapshotRef
beforeAll(async () => {
  portal = await makePortal(serverUrl())
  await portal.run(
    'delete from intranet.tasks',
    'delete from crm.deals where id > 2',
    'alter table crm.deals add shouted text generated always as (upper(title)) stored',
    'create table crm.logins (id int primary key, word text); create table intranet.logins_of_before () inherits (crm.logins)',
  )
  honest = await startRemote(serverUrl(), { pageRows: 2 })
  const capture = async () => {
    const request = { portal: portal.ref, snapshotId: crypto.randomUUID(), purpose: 'snapshot', previous: null } as const
    const made = await httpAdapter(() => honest.remote).capture(
      { ...request, mayBar: 'when_needed', barTimeoutMs: 10_000 },
      call(),
    )
    if (!made.ok) throw new Error(JSON.stringify(made.refusal))
    return made.snapshot
  }
  before = await capture()
  await portal.run(
    `insert into crm.deals (id, title) overriding system value select 1000 + n, 'since ' || n from generate_series(1, 5) n`,
    `update crm.deals set title = 'changed' where id = 1`,
    `insert into crm.logins values (1, 'secret')`,
    `insert into intranet.logins_of_before values (2, 'secret')`,
    `insert into intranet.tasks (title) values ('task since')`,
    `update crm.companies set name = 'Renamed' where id = 1`,
  )
  source = await capture()
})
afterAll(async () => {
  await honest.stop()
  await portal.drop()
})

type Change = { portal?: Partial<ExtractRequest['portal']>; what?: ExtractRequest['what'] }

/** What is new and changed of the scope's tables; here nothing but deals, unless a test asks for more. */
const asked = (change: Change = {}): ExtractRequest => ({
  portal: { ...portal.ref, scopePatterns: { schemas: [], tables: ['crm.deals'] }, ...change.portal },
  source,
  what: change.what ?? { kind: 'difference', against: [before], scope: 'crm' },
})

/** Each row as it came, by table. */
async function read(remote: Remote, request = asked(), times = 1): Promise<string[]> {
  return httpAdapter(() => remote).extract(request, async (tables) => {
    const found: string[] = []
    for (const table of tables)
      for (let time = 0; time < times; time += 1)
        for await (const { change, values } of table.read()) {
          const title = table.columns.findIndex(({ name }) => name === 'title')
          found.push(`${table.table} ${change}: ${values[title]}`)
        }
    return found
  })
}
const allDeals = [...[1, 2, 3, 4, 5].map((n) => `deals newer: since ${n}`), 'deals changed: changed']

async function liar(twist: Twist): Promise<Remote & { asked: string[] }> {
  const started = await startLiar(honest.remote.url, twist)
  onTestFinished(started.stop)
  return { ...honest.remote, url: started.url, asked: started.asked, limits: impatient }
}

/** Keeps to the protocol, and has other rows behind it. */
async function lyingAdapter(
  twist: (tables: ExtractedTable[]) => ExtractedTable[],
  understood: (request: ExtractRequest) => ExtractRequest = (request) => request,
): Promise<Remote> {
  const adapter: SnapshotAdapter = {
    ...postgresAdapter,
    extract: (request, use, signal) =>
      postgresAdapter.extract(understood(request), (tables, withheld) => use(twist(tables), withheld), signal),
  }
  const { remote, stop } = await startRemote(serverUrl(), { adapter, pageRows: 2 }, impatient)
  onTestFinished(stop)
  return remote
}

const isPage = ({ method, path }: Passing) => method === 'GET' && path.startsWith('/extracts/')
const afterOf = ({ path }: Passing) => Number(new URL(path, 'http://localhost').searchParams.get('after'))
const rowsOf = ({ body }: Honest) => z.array(z.looseObject({ values: z.array(z.string().nullable()) })).parse(body.rows)

/** Twists what is answered when the rows after the nth are asked for. */
const onPage =
  (after: number, change: (page: Honest, seen: Map<number, Honest>) => Awaited<ReturnType<Twist>>): (() => Twist) =>
  () => {
    const seen = new Map<number, Honest>()
    return async (passing) => {
      if (!isPage(passing)) return null
      const page = await passing.honest()
      const known = new Map(seen)
      seen.set(afterOf(passing), page)
      return afterOf(passing) === after ? change(page, known) : page
    }
  }
const withBody = (page: Honest, body: Record<string, unknown>): Honest => ({ ...page, body: { ...page.body, ...body } })

/** Twists what it tells of the first table before any row is read. */
const onTold =
  (change: (told: { rows: number }) => Record<string, unknown>): (() => Twist) =>
  () =>
  async (passing) => {
    if (!lies.isWatched(passing)) return null
    const answer = await passing.honest()
    if (answer.body.outcome !== 'done') return answer
    const result = z.looseObject({ tables: z.array(z.looseObject({ rows: z.number() })) }).parse(answer.body.result)
    return withBody(answer, { result: { ...result, tables: result.tables.map((told) => ({ ...told, ...change(told) })) } })
  }

const refused = (because: string) => expect.objectContaining({ refusal: refusalWith('remote_unusable', because) })
const refusalWith = (code: string, because: string) => ({ code, facts: { because: textWith(because) } })

test('rows come page by page, no sooner than they are read, anew each time, and are forgotten at the end', async () => {
  const remote = await liar(async () => null)
  const pages = () => remote.asked.filter((one) => one.startsWith('GET /extracts/')).map((one) => one.replace(/.*after=/, ''))
  await httpAdapter(() => remote).extract(asked(), async ([deals, ...others]) => {
    if (!deals) throw new Error('nothing is extracted')
    expect([deals.table, deals.rows, others]).toEqual(['deals', 6, []])
    expect(pages()).toEqual([])
    const rows = deals.read()
    for (const upTo of [['0'], ['0'], ['0', '2']]) {
      await rows.next()
      expect(pages()).toEqual(upTo)
    }
    await rows.return(null)
    for await (const _ of deals.read());
    expect(pages()).toEqual(['0', '2', '0', '2', '4'])
    expect(readdirSync(join(honest.directory, 'extracts'))).toHaveLength(1)
  })
  expect(remote.asked.at(-1)).toMatch(/^DELETE \/extracts\//)
  expect(readdirSync(join(honest.directory, 'extracts'))).toEqual([])
  expect(await read(honest.remote, asked(), 2)).toEqual([...allDeals, ...allDeals])
})

test.each<[string, string, () => Twist]>([
  ['sends a page twice and says so', 'after 2, it sends those after 0', onPage(2, (page, seen) => seen.get(0) ?? page)],
  [
    'sends a page twice as if it were the next',
    'come others than those',
    onPage(2, (page, seen) => withBody(page, { rows: seen.get(0)?.body.rows })),
  ],
  ['leaves a row out', 'come others than those', onPage(2, (page) => withBody(page, { rows: rowsOf(page).slice(1) }))],
  ['turns rows round', 'come others than those', onPage(2, (page) => withBody(page, { rows: rowsOf(page).reverse() }))],
  [
    'gives another value when it is read again',
    'come others than those',
    onPage(0, (page, seen) =>
      seen.has(0)
        ? withBody(page, {
            rows: rowsOf(page).map((row) => ({ ...row, values: row.values.map((value) => value && `${value}0`) })),
          })
        : page,
    ),
  ],
  ['ends before the end', 'come others than those', onPage(2, (page) => withBody(page, { next: null }))],
  ['goes on after the end', 'come others than those', onPage(4, (page) => withBody(page, { next: 'a'.repeat(64) }))],
  [
    'told of more rows than there are',
    'told of 7 rows of crm.deals, and there are 6',
    onTold(({ rows }) => ({ rows: rows + 1 })),
  ],
  ['told of fewer rows than there are', 'told of 4 rows of crm.deals, and there are more', onTold(() => ({ rows: 4 }))],
  ['told of others', 'come others than those', onTold(() => ({ sum: '0'.repeat(64) }))],
  ['sends an empty page', 'another shape', onPage(2, (page) => withBody(page, { rows: [] }))],
  [
    'sends a page of more rows than a page may have',
    'another shape',
    onPage(2, (page) => withBody(page, { rows: Array.from({ length: 1_001 }, () => rowsOf(page)[0]) })),
  ],
  ['sends a page without end', 'larger than 1048576 bytes', onPage(2, () => lies.flood)],
  ['sends a page drop by drop', 'no whole answer within 3000 ms', onPage(2, () => lies.drip)],
  ['stops answering', 'no whole answer within 3000 ms', onPage(2, () => lies.hang)],
  ['has lost the rows', 'it answered 404', onPage(2, () => ({ status: 404, body: {} }))],
])('S119 a remote that %s: the reading ends with the reason', async (_, because, twist) => {
  await expect(read(await liar(twist()), asked(), 2)).rejects.toEqual(refused(because))
})

const withRows = (change: (row: ExtractedRow) => ExtractedRow) => (tables: ExtractedTable[]) =>
  tables.map((table) => ({
    ...table,
    async *read() {
      for await (const row of table.read()) yield change(row)
    },
  }))
const ofKind = (kind: ExtractedTable['columns'][number]['kind']) => (tables: ExtractedTable[]) =>
  tables.map((table) => ({ ...table, columns: table.columns.map((one) => (one.name === 'title' ? { ...one, kind } : one)) }))
const withTitle = (title: string) =>
  withRows((row) => ({ ...row, values: row.values.map((value, at) => (at === 2 ? title : value)) }))

test.each<[string, string, (tables: ExtractedTable[]) => ExtractedTable[]]>([
  ['has more values than columns', '8 values for 7 columns', withRows((row) => ({ ...row, values: [...row.values, 'more'] }))],
  ['has fewer values than columns', '6 values for 7 columns', withRows((row) => ({ ...row, values: row.values.slice(1) }))],
  ['tells of another kind of change', 'is told as chosen', withRows((row) => ({ ...row, change: 'chosen' }))],
  ['tells of a table twice', 'tells twice of crm.deals', (tables) => [...tables, ...tables]],
  [
    'tells of a column twice',
    'twice the column id',
    (tables) => tables.map((table) => ({ ...table, columns: table.columns.map((column) => ({ ...column, name: 'id' })) })),
  ],
  [
    'withholds what it hands out',
    'twice the column title',
    (tables) => tables.map((table) => ({ ...table, withheld: ['title'] })),
  ],
  // JSON is written into the files as it is.
  ['calls a text JSON', 'crm.deals.title holds what is no value of its kind (json)', ofKind('json')],
  ['calls a text a number', 'no value of its kind (number)', ofKind('number')],
  ['calls a text a boolean', 'no value of its kind (boolean)', ofKind('boolean')],
  ['tells of a table by what is no name', 'is no name', (tables) => tables.map((table) => ({ ...table, table: 'deals\0' }))],
  ['has a character that no text of PostgreSQL has', 'no value of its kind (other)', withTitle('a\0b')],
])('S119 a remote that keeps to the protocol and %s: the reading ends with the reason', async (_, because, twist) => {
  await expect(read(await lyingAdapter(twist))).rejects.toEqual(refused(because))
})

const deals = { schema: 'crm', name: 'deals' }
const logins = { schema: 'crm', name: 'logins' }
const companies = { schema: 'crm', name: 'companies' }
const withheld = (tables: (typeof deals)[], columns: string[] = []): Change => ({
  portal: {
    scopePatterns: { schemas: ['crm'], tables: [] },
    withheld: { tables, columns: columns.length === 0 ? [] : [{ table: deals, columns }] },
  },
})
const open = (request: ExtractRequest): ExtractRequest => ({ ...request, portal: { ...request.portal, withheld: undefined } })
const without =
  (...names: string[]) =>
  (tables: ExtractedTable[]) =>
    tables
      .filter(({ table }) => !names.includes(table))
      .map((table) => {
        const kept = table.columns.flatMap(({ name }, at) => (names.includes(name) ? [] : [at]))
        const [narrower] = withRows(({ change, values }) => ({ change, values: kept.map((at) => values[at] ?? null) }))([table])
        return { ...table, ...narrower, columns: kept.flatMap((at) => table.columns[at] ?? []) }
      })
const all = without()
const whole = (request: ExtractRequest): ExtractRequest => ({ ...open(request), what: { ...request.what, scope: 'full' } })

test.each<[string, string, Change, Parameters<typeof lyingAdapter>]>([
  ['a withheld column', 'crm.deals.title, which is withheld', withheld([], ['title']), [all, open]],
  [
    'a column that is computed from a withheld one',
    'crm.deals.shouted, which is withheld',
    withheld([], ['title']),
    [without('title'), open],
  ],
  ['a withheld table', 'crm.logins, which is withheld', withheld([logins]), [all, open]],
  [
    'what inherits from a withheld table',
    'intranet.logins_of_before, which is withheld',
    withheld([logins]),
    [without('logins'), open],
  ],
  ['a table outside the scope', 'intranet.tasks, which was not asked for', withheld([]), [all, whole]],
  [
    'a table that stays as it is',
    'crm.companies, which was not asked for',
    { portal: { ...withheld([]).portal, protection: { tables: [companies], columns: [] } } },
    [all, (request) => ({ ...request, portal: { ...request.portal, protection: undefined } })],
  ],
  [
    'what belongs to a chosen record and was not asked for',
    'crm.deals, which was not asked for',
    {
      portal: withheld([]).portal ?? {},
      what: {
        kind: 'records',
        records: [{ schema: 'crm', table: 'companies', keys: [{ id: '3' }] }],
        children: false,
        scope: 'crm',
      },
    },
    [all, (request) => (request.what.kind === 'records' ? { ...request, what: { ...request.what, children: true } } : request)],
  ],
])('S119 a remote that hands out %s: not a row is read', async (_, because, change, [twist, understood]) => {
  const remote = await lyingAdapter(twist, understood)
  let used = false
  const extracted = httpAdapter(() => remote).extract(asked(change), async () => {
    used = true
  })
  await expect(extracted).rejects.toEqual(refused(because))
  expect(used).toBe(false)
})

test('chosen records come with all that belongs to them, and what inherits from a table of the scope belongs to it', async () => {
  const chosen: ExtractRequest['what'] = {
    kind: 'records',
    records: [{ schema: 'crm', table: 'companies', keys: [{ id: '3' }] }],
    children: true,
    scope: 'crm',
  }
  const wider = { portal: { scopePatterns: { schemas: ['crm'], tables: [] } } }
  expect(await read(honest.remote, asked({ ...wider, what: chosen }))).toEqual([
    'companies chosen: undefined',
    'deals chosen: Deal 2',
  ])
  const names = async (...withhold: (typeof deals)[]) =>
    httpAdapter(() => honest.remote).extract(asked(withheld(withhold)), async (tables, left) => [
      tables.map(({ table }) => table).sort(),
      left,
    ])
  expect(await names()).toEqual([['companies', 'deals', 'logins', 'logins_of_before'], []])
  expect(await names(logins)).toEqual([['companies', 'deals'], [logins]])
})

test('S119 a remote that says something is withheld which nobody asked for', async () => {
  const remote = await liar(async (passing) => {
    if (!lies.isWatched(passing)) return null
    const answer = await passing.honest()
    if (answer.body.outcome !== 'done') return answer
    const result = z.record(z.string(), z.unknown()).parse(answer.body.result)
    return withBody(answer, { result: { ...result, withheldTables: [companies] } })
  })
  await expect(read(remote)).rejects.toEqual(refused('says that crm.companies is withheld'))
})

test('S66 of a portal with erased records nothing is asked for, since a remote is never told who was erased', async () => {
  const remote = await liar(async () => null)
  const erased = [{ table: deals, columns: ['id'], keys: [['1']] }]
  const request = asked({ portal: { protection: { tables: [], columns: [], erased } } })
  await expect(read(remote, request)).rejects.toEqual(
    expect.objectContaining({ refusal: refusalWith('remote_unprovable', 'erased records of crm.deals') }),
  )
  expect(remote.asked).toEqual([])
})

test('a remote of before hands out no rows: it is said, and everything else goes on as it did', async () => {
  const remote = await liar(async (passing) => {
    if (passing.path !== '/capabilities') return null
    const answer = await passing.honest()
    return withBody(answer, {
      can: z
        .array(z.string())
        .parse(answer.body.can)
        .filter((one) => one !== 'extract'),
    })
  })
  const adapter = httpAdapter(() => remote)
  await expect(read(remote)).rejects.toEqual(refused('does not hand out rows'))
  expect(remote.asked.filter((one) => one.includes('/extracts'))).toEqual([])
  expect(adapter.capabilities.extract).toBe(false)
  expect(await adapter.health(portal.ref, null)).toMatchObject({
    ok: true,
    notes: listWith([textWith('hands out no rows')]),
  })
})

test('whether a remote hands out rows is learnt by looking, with a copy, and by whoever takes over; until it has said no it counts as able', async () => {
  const request = { portal: portal.ref, snapshotId: crypto.randomUUID(), purpose: 'safety', previous: source } as const
  const can = { now: ['extract'] }
  const older = () =>
    liar(async ({ path }) =>
      path === '/capabilities' ? { status: 200, body: { protocol: 1, name: 'older', can: can.now } } : null,
    )
  const remote = await older()
  const adapter = httpAdapter(() => remote)
  for (const work of [
    () => adapter.recover({ portal: portal.ref, keep: [before, source], busy: [] }),
    () => adapter.capture({ ...request, mayBar: 'never', barTimeoutMs: 1_000 }, call()),
  ]) {
    can.now = ['extract']
    await adapter.health(portal.ref, null)
    expect(adapter.capabilities.extract).toBe(true)
    can.now = []
    await work()
    expect(adapter.capabilities.extract).toBe(false)
  }
  const notAsked = await older()
  const another = httpAdapter(() => notAsked)
  expect(another.capabilities.extract).toBe(true)
  await expect.poll(() => another.capabilities.extract).toBe(false)
  expect(notAsked.asked).toEqual(['GET /capabilities'])
})

test('S60 a reading that is stopped throws what stopped it, and the rows are forgotten', async () => {
  const stop = new AbortController()
  const stopped = httpAdapter(() => honest.remote).extract(
    asked(),
    async ([table]) => {
      for await (const _ of table?.read() ?? []) stop.abort(new Error('stopped by hand'))
    },
    stop.signal,
  )
  await expect(stopped).rejects.toThrow('stopped by hand')
  expect(readdirSync(join(honest.directory, 'extracts'))).toEqual([])
})

test('a refusal of the remote’s own is told as one', async () => {
  const missing = { ...asked(), source: { id: crypto.randomUUID(), databaseName: 'rd_never_made' } }
  await expect(read(honest.remote, missing)).rejects.toBeInstanceOf(AdapterRefused)
})
