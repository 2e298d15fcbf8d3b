import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { withClient } from './connect.ts'
import { countDeletions } from './count-deletions.ts'
import { makePortal, type TestPortal } from './testing/portal.ts'
import { testServers } from './testing/servers.ts'

for (const server of testServers()) {
  describe(`R15 counting deletions on ${server.name}`, () => {
    let stop: () => Promise<void>
    let url: string
    let portal: TestPortal
    beforeAll(async () => {
      ;({ url, stop } = await server.start())
    })
    afterAll(() => stop())
    beforeEach(async () => {
      portal = await makePortal(url)
      // Otherwise the server's own ANALYZE may come at any moment.
      await portal.run(
        'alter table crm.deals set (autovacuum_enabled = off)',
        'alter table intranet.tasks set (autovacuum_enabled = off)',
      )
    })
    afterEach(() => portal.drop())

    const mark = async (ref = portal.ref) => (await countDeletions(ref, null)).mark
    const since = async (before: string) => (await countDeletions(portal.ref, before)).deleted
    const deals = (rows: number) => ({ schema: 'crm', table: 'deals', rows, inCrm: true })
    const tasks = (rows: number) => ({ schema: 'intranet', table: 'tasks', rows, inCrm: false })

    test('the first look can tell nothing; what went by the next is told by table, and once', async () => {
      const first = await countDeletions(portal.ref, null)
      expect(first.deleted).toBeNull()
      await portal.run('delete from crm.deals where id <= 150', 'delete from intranet.tasks where id <= 9')
      const second = await countDeletions(portal.ref, first.mark)
      expect(second.deleted).toEqual([deals(150), tasks(9)])
      expect(await since(second.mark)).toEqual([])
    })

    test('rows that come, change and go again count only as they go', async () => {
      const before = await mark()
      await portal.run(
        `insert into crm.deals (title) select 'new' from generate_series(1, 70)`,
        'update crm.deals set amount = amount + 1',
        `delete from crm.deals where title = 'new'`,
      )
      expect(await since(before)).toEqual([deals(70)])
    })

    test('a deletion that is rolled back is none, though the server counts it', async () => {
      const before = await mark()
      await portal.run('begin', 'delete from crm.deals', 'rollback')
      expect(await portal.ask(`pg_stat_get_tuples_deleted('crm.deals'::regclass)`)).toBe('200')
      expect(await since(before)).toEqual([])
    })

    test('TRUNCATE is told, though the server counts no row of it', async () => {
      const before = await mark()
      await portal.run(`insert into crm.deals (title) values ('one more')`, 'truncate crm.deals, intranet.tasks')
      expect(await portal.ask(`pg_stat_get_tuples_deleted('crm.deals'::regclass)`)).toBe('0')
      expect(await since(before)).toEqual([deals(201), tasks(50)])
    })

    test('a TRUNCATE that is rolled back, a VACUUM FULL and a renamed table delete nothing; a dropped one all it had', async () => {
      const before = await mark()
      await portal.run(
        'begin',
        'truncate crm.deals, intranet.tasks',
        'rollback',
        'vacuum full crm.deals',
        'alter table intranet.tasks rename to chores',
      )
      const between = await countDeletions(portal.ref, before)
      expect(between.deleted).toEqual([])
      await portal.run('drop table intranet.chores')
      expect(await since(between.mark)).toEqual([{ ...tasks(50), table: 'chores' }])
    })

    test('after ANALYZE the count of rows is an estimate, and deletions are told as they were counted', async () => {
      const before = await mark()
      await portal.run('delete from crm.deals where id <= 120', 'analyze crm.deals')
      expect(await since(before)).toEqual([deals(120)])
    })

    test('when the statistics are reset in between, what was deleted after it is told', async () => {
      // A session's own counts reach the statistics when it ends.
      await portal.run('delete from crm.deals where id <= 10')
      const before = await mark()
      await portal.run('select pg_stat_reset()')
      await portal.run('delete from crm.deals where id <= 130')
      const between = await countDeletions(portal.ref, before)
      expect(between.deleted).toEqual([deals(120)])
      await portal.run('delete from crm.deals where id <= 140')
      expect(await since(between.mark)).toEqual([deals(10)])
    })

    test('a portal that was made from a copy has no statistics of its rows yet: deletions and TRUNCATE are told all the same', async () => {
      await portal.run('analyze')
      const { databaseName } = portal.ref
      await withClient(url, undefined, async (admin) => {
        await admin.query(`create database ${databaseName}_copy template ${databaseName}`)
        await admin.query(`drop database ${databaseName}`)
        await admin.query(`alter database ${databaseName}_copy rename to ${databaseName}`)
      })
      const before = await mark()
      await portal.run('delete from crm.deals where id <= 150', 'truncate intranet.tasks')
      expect(await since(before)).toEqual([deals(150), tasks(50)])
    })

    test('another database in the portal’s place: what went from the old one is not told by its counters', async () => {
      const before = await mark()
      const { databaseName } = portal.ref
      await withClient(url, undefined, async (admin) => {
        await admin.query(`create database ${databaseName}_copy template ${databaseName}`)
        await admin.query(`drop database ${databaseName}`)
        await admin.query(`alter database ${databaseName}_copy rename to ${databaseName}`)
      })
      expect(await since(before)).toBeNull()
    })

    test('partitions go by their root’s name, wherever they lie', async () => {
      await portal.run(
        `create table crm.visits (at date not null) partition by range (at);
         create table intranet.visits_1 partition of crm.visits for values from ('2026-01-01') to ('2026-07-01');
         create table intranet.visits_2 partition of crm.visits for values from ('2026-07-01') to ('2027-01-01');
         insert into crm.visits select '2026-01-01'::date + n from generate_series(0, 299) n`,
      )
      const before = await mark()
      await portal.run('delete from crm.visits')
      expect(await since(before)).toEqual([{ schema: 'crm', table: 'visits', rows: 300, inCrm: true }])
    })
  })
}
