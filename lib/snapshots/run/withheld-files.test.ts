import { buffer } from 'node:stream/consumers'
import { eq } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { extractedFiles, type ProtectedData, portals, previews } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { cloneDatabase, serverUrl, type TestDatabase } from '#db/testing/databases.ts'
import { computePreview } from '../compute-preview.ts'
import { readStored } from '../extract/store-file.ts'
import { requestPreview } from '../request-preview.ts'
import { makePortalWorld, type PortalWorld } from '../testing/portal-world.ts'
import { unzip } from '../testing/unzip.ts'
import { executeRun } from './execute-run.ts'

let desk: TestDatabase
let world: PortalWorld
beforeAll(async () => {
  desk = await cloneDatabase()
})
afterAll(() => desk.drop())
beforeEach(async () => {
  world = await makePortalWorld(desk.db, serverUrl())
  await world.live.sql.unsafe(signInSql)
  await scoped(desk.db, 'system', (tx) =>
    tx.update(portals).set({ protectedData, tableWords }).where(eq(portals.id, world.portal.id)),
  )
})
afterEach(() => world.drop())

/** People of a company, with what they sign in by: in the table, in its partition, in a child, in what is computed from it, and in a table of its own. */
const signInSql = `
  create table crm.people (id int, company_id int references crm.companies, name text not null, password text not null, token text,
    hint text generated always as ('starts with ' || password) stored, shout text generated always as (upper(name)) stored, primary key (id)) partition by range (id);
  create table crm.people_low partition of crm.people for values from (0) to (100);
  create table crm.people_high partition of crm.people for values from (100) to (1000);
  create table crm.guests (id int primary key, company_id int references crm.companies, name text, pin text);
  create table crm.vip_guests (table_number int, primary key (id), foreign key (company_id) references crm.companies) inherits (crm.guests);
  create table crm.sessions (id int primary key, company_id int references crm.companies, cookie text);
  create table intranet.keys (id int primary key, secret text);
  insert into crm.people select n, 1, 'Person ' || n, 'SECRET-hash-' || n, 'SECRET-token-' || n from generate_series(98, 101) n;
  insert into crm.guests values (1, 1, 'Guest', 'SECRET-pin-1');
  insert into crm.vip_guests values (2, 1, 'Vip', 'SECRET-pin-2', 7);
  insert into crm.sessions values (1, 1, 'SECRET-cookie');`

const identities = 'identities' as const
const protectedData: ProtectedData = {
  tables: [
    { schema: 'crm', table: 'sessions', kind: identities },
    { schema: 'intranet', table: 'keys', kind: identities },
  ],
  columns: [
    { schema: 'crm', table: 'people', kind: identities, columns: { password: 'as_then', token: { set: null } } },
    { schema: 'crm', table: 'guests', kind: identities, columns: { pin: 'as_then' } },
    { schema: 'crm', table: 'companies', kind: 'plan', columns: { name: 'as_then' } },
  ],
}
const people = { en: 'People', pl: 'Ludzie' }
const tableWords = [
  { schema: 'crm', table: 'sessions', name: { en: 'Sessions', pl: 'Sesje' } },
  {
    schema: 'crm',
    table: 'people_low',
    name: people,
    columnNames: { password: { en: 'Password', pl: 'Hasło' } },
  },
]

async function openFile(runId: string) {
  const [row] = await scoped(desk.db, 'system', (tx) => tx.select().from(extractedFiles).where(eq(extractedFiles.runId, runId)))
  if (!row) throw new Error(`run ${runId} has no file`)
  return { row, texts: await unzip(await buffer(readStored(world.work().files, row.storedAs))) }
}

function expectNoSecret(texts: Map<string, string>): void {
  for (const [path, text] of texts) expect([path, text.match(/SECRET[^"';,\s]*/gi)]).toEqual([path, null])
}

const readmes = (texts: Map<string, string>) => [texts.get('README.txt'), texts.get('CZYTAJ.txt')]

test('S64 S84 what a restore wipes is handed over without what people sign in by: no column of it in any format, and both readmes say so', async () => {
  const snapshot = await world.capture()
  await world.live.sql.unsafe(`
    insert into crm.people select n, 2, 'New ' || n, 'SECRET-new-' || n, 'SECRET-newer-' || n from generate_series(50, 55) n;
    update crm.people set name = 'Renamed' where id in (98, 101);
    insert into crm.vip_guests values (3, 1, 'New vip', 'SECRET-pin-3', 8);
    insert into crm.sessions values (2, 2, 'SECRET-cookie-2')`)
  const runId = await world.run(await world.preview(snapshot.id))
  expect(await executeRun(desk.db, runId, world.work())).toEqual({ done: true, state: 'succeeded' })

  const { row, texts } = await openFile(runId)
  expectNoSecret(texts)
  expect(row.tables.map(({ table, rows, written, withheld }) => [table, rows, written, withheld])).toEqual([
    [
      'people_low',
      7,
      7,
      [
        { en: 'hint', pl: 'hint' },
        { en: 'Password', pl: 'Hasło' },
        { en: 'token', pl: 'token' },
      ],
    ],
    ['people_high', 1, 1, ['hint', 'password', 'token'].map((name) => ({ en: name, pl: name }))],
    ['vip_guests', 1, 1, [{ en: 'pin', pl: 'pin' }]],
    ['sessions', 0, 0, 'all'],
  ])
  expect(texts.get('for people/People.csv')).toContain(
    '\uFEFFWhat happened,id,company_id,name,shout\r\nwiped,50,2,New 50,NEW 50\r\n',
  )
  expect(texts.get('for machines/crm.people_low.jsonl')).toContain(
    '{"change":"changed","row":{"id":98,"company_id":1,"name":"Renamed","shout":"RENAMED"}}',
  )
  expect(texts.get('for machines/crm.people_low.sql')).toContain('("id", "company_id", "name") overriding')
  const [en, pl] = readmes(texts)
  expect(en).toContain('Sign-in data (passwords, tokens, who may sign in) is never written to files')
  expect(en).toContain(
    '  People: hint, Password, token\r\n  People high: hint, password, token\r\n  Vip guests: pin\r\n  Sessions: the whole table\r\n',
  )
  expect(pl).toContain('  Ludzie: hint, Hasło, token\r\n')
  expect(pl).toContain('  Sesje: cała tabela\r\n')
  expect(`${en}${pl}`).not.toContain('Keys')
})

test('S64 S84 an extract of a restore point has none of it either, what belongs to the chosen record included, and its preview says so', async () => {
  const snapshot = await world.capture()
  const records = [
    { schema: 'crm', table: 'companies', columns: ['id'], keys: [['1']] },
    { schema: 'crm', table: 'sessions', columns: ['id'], keys: [['1']] },
  ]
  const selection = { kind: 'records', within: 'crm', records } as const
  const input = {
    portalId: world.portal.id,
    snapshotId: snapshot.id,
    scope: 'extract',
    policyVersion: 1,
    requestedBy: null,
    selection,
  } as const
  const asked = await scoped(desk.db, 'system', (tx) => requestPreview(tx, input))
  const previewId = asked?.previewId ?? ''
  expect(await computePreview(desk.db, previewId, new AbortController().signal)).toMatchObject({ state: 'ready' })
  const [preview] = await scoped(desk.db, 'system', (tx) => tx.select().from(previews).where(eq(previews.id, previewId)))
  expect(preview?.report).toMatchObject({
    withheld: [
      { name: { en: 'Sessions' }, columns: null },
      { name: people, columns: [{ en: 'hint' }, { pl: 'Hasło' }, { en: 'token' }] },
      { name: { en: 'People high' } },
      { name: { en: 'Guests' }, columns: [{ en: 'pin' }] },
      { name: { en: 'Vip guests' }, columns: [{ en: 'pin' }] },
    ],
  })
  expect(JSON.stringify(preview?.report)).not.toContain('SECRET')

  const runId = await world.run(previewId)
  expect(await executeRun(desk.db, runId, world.work())).toEqual({ done: true, state: 'succeeded' })
  const { row, texts } = await openFile(runId)
  expectNoSecret(texts)
  expect(row.tables.map(({ table, written }) => `${table} ${written}`).sort()).toEqual([
    'companies 1',
    'deals 10',
    'guests 1',
    'people_high 2',
    'people_low 2',
    'sessions 0',
    'vip_guests 1',
  ])
  // A column that stays for another reason than signing in is handed over.
  expect(texts.get('for people/Companies.csv')).toContain('Company 1')
  for (const readme of readmes(texts)) expect(readme).toMatch(/Guests: pin/)
})
