import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { SnapshotRef } from '../../port.ts'
import { call, makePortal } from '../postgres/testing/portal.ts'
import { serversWithPrograms } from '../postgres/testing/servers.ts'
import { resticAdapter } from './adapter.ts'
import { makeRepository } from './testing/repository.ts'
import { running } from './testing/running.ts'

const [server] = serversWithPrograms()

describe('S28 S100 searching archives of portals that are not UTF-8', { timeout: 120_000 }, () => {
  let url: string
  let stop: () => Promise<void>
  beforeAll(async () => {
    if (!server) throw new Error('there is no server with its own programs')
    ;({ url, stop } = await server.start())
  }, 120_000)
  afterAll(() => stop())

  /** A portal in that encoding with these people in it, by number; each gets a table that is named after the first. */
  async function portalOf(encoding: string, people: string[]) {
    const portal = await makePortal(url, undefined, encoding)
    const repository = makeRepository()
    onTestFinished(async () => {
      await portal.drop()
      repository.drop()
    })
    const table = `crm."${people[0]}"`
    await portal.run(
      `set role ${portal.owner}; create table ${table} (name text, id int primary key)`,
      `insert into ${table} select name, n from unnest(array[${people.map((name) => `'${name}'`)}]) with ordinality as t(name, n)`,
    )
    const adapter = resticAdapter(() => repository)
    return {
      portal,
      table,
      capture: async (purpose: 'snapshot' | 'safety' = 'snapshot'): Promise<SnapshotRef> => {
        const snapshotId = crypto.randomUUID()
        const asked = {
          portal: portal.ref,
          snapshotId,
          purpose,
          previous: null,
          mayBar: 'when_needed',
          barTimeoutMs: 5_000,
        } as const
        const captured = await adapter.capture(asked, call())
        if (!captured.ok) throw new Error(JSON.stringify(captured.refusal))
        return captured.snapshot
      },
      search: (words: string, points: SnapshotRef[]) =>
        adapter.search({
          portal: portal.ref,
          scope: 'full',
          points,
          words,
          ...columnsOf(people),
          trail: null,
          limit: 9,
          timeLimitMs: 60_000,
        }),
    }
  }

  const polish = ['Żółć Wałęsy', 'Łucja Święcka', 'Jan "Gżegżółka" Ćma']
  test.each([
    ['LATIN2', 'UTF8', polish, ['ŻÓŁĆ', 'Święcka']],
    ['WIN1250', 'LATIN2', polish, ['gżegżółka']],
    ['SQL_ASCII', 'LATIN1', polish, ['ŻÓŁĆ', 'Święcka']],
    ['LATIN1', 'UTF8', ['Ærøskøbing', 'Señor Ñandú'], ['ÑANDÚ']],
    ['KOI8R', 'WIN1251', ['Щукин', 'Ёлкой'], ['ЁЛКОЙ']],
    ['EUC_JP', 'SJIS', ['山田太郎', '表示ソース能', 'ガヴ－～'], ['ソース', 'ガヴ']],
    ['EUC_KR', 'UTF8', ['홍길동', '김철수'], ['철수']],
  ])(
    'in %s, with clients told %s: what is gone and what is new is found, as it was written',
    async (encoding, client, people, words) => {
      const { portal, table, capture, search } = await portalOf(encoding, people)
      // What pg_dump would write in, if nobody told it better.
      await portal.run(`alter database ${portal.ref.databaseName} set client_encoding = '${client}'`)
      const point = await capture()
      await portal.run(`set client_encoding = 'UTF8'; update ${table} set id = id + 100`)
      for (const some of words) {
        const [found, title] = [
          await search(some, [point]),
          people.find((name) => name.toLowerCase().includes(some.toLowerCase())),
        ]
        expect(found).toMatchObject({ unread: [], leftOut: [] })
        expect(found.records).toMatchObject([
          { title, live: false, presentIn: [point.id], unknownIn: [] },
          { title, live: true, presentIn: [], unknownIn: [], changedSince: null },
        ])
      }
      expect((await search('zolc wal', [point])).records.filter(({ live }) => !live).length).toBe(people === polish ? 1 : 0)
    },
  )

  test('in SQL_ASCII, bytes that are no UTF-8 spoil neither their neighbours nor what is told of them', async () => {
    const { portal, table, capture, search } = await portalOf('SQL_ASCII', ['Żółć'])
    await portal.run(`insert into ${table} values (convert_from('\\x6f6464b3fe', 'SQL_ASCII') || ' letters', 2)`)
    await portal.run(`create table crm.codes (code text primary key, note text)`)
    await portal.run(`insert into crm.codes values (convert_from('\\xb3fe', 'SQL_ASCII'), 'walnut')`)
    const point = await capture()
    await portal.run(`delete from ${table}`)
    expect((await search('letters', [point])).records).toMatchObject([{ key: { id: '2' }, title: 'odd�� letters', live: false }])
    // Its key is no text: whether live has it cannot be asked, so it is not called gone.
    expect((await search('walnut', [point])).records).toMatchObject([{ table: 'codes', live: null, presentIn: [point.id] }])
    expect((await search('żółć', [point])).records).toMatchObject([{ key: { id: '1' }, title: 'Żółć', live: false }])
  })

  test.each(['EUC_TW', 'EUC_JIS_2004'])(
    'in %s, which is not read here: that is said of the archive, and its neighbour answers',
    async (encoding) => {
      const { table, portal, capture, search } = await portalOf(encoding, ['Heron', 'Zebra'])
      const archive = await capture()
      const beside = await capture('safety')
      await portal.run(`delete from ${table} where name = 'Heron'`)
      const found = await search('heron', [archive, beside])
      expect(found.unread).toEqual([
        { id: archive.id, why: 'encoding', because: `its text is in ${encoding}, which cannot be read here` },
      ])
      expect(found.records).toMatchObject([{ title: 'Heron', live: false, presentIn: [beside.id], unknownIn: [archive.id] }])
      expect(found.leftOut).toContainEqual({ schema: 'crm', table: 'Heron', why: 'unreadable' })
      expect([...running('restic'), ...running('pg_restore')]).toEqual([])
    },
  )
})

const columnsOf = ([table = '']: string[]) => ({ columns: [{ schema: 'crm', table, titleColumn: 'name' }] })
