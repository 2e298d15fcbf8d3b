import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { portals, searches } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { deletionTrail } from './deletion-trail.ts'
import { searchRecords } from './search-records.ts'
import { searchReportSchema } from './search-report.ts'
import { worldForAll } from './testing/world-for-all.ts'

const at = worldForAll()

const look = async (words: string) => {
  const asked = { portalId: at.world.portal.id, requestedBy: at.world.owner.id, words, scope: 'full' } as const
  const [row] = await scoped(at.desk.db, 'system', (tx) => tx.insert(searches).values(asked).returning())
  if (!row) throw new Error('no search')
  expect(await searchRecords(at.desk.db, row.id, new AbortController().signal)).toBe('ready')
  const [found] = await scoped(at.desk.db, 'system', (tx) => tx.select().from(searches).where(eq(searches.id, row.id)))
  return searchReportSchema.parse(found?.report)
}

test('S28 S36 S109 a deleted record is found in the points that have it, under the name that people know, markup and all', async () => {
  const { sql } = at.world.live
  await sql`insert into crm.deals (title) values ('<b onmouseover=alert(1)>Heron & Sons</b>')`
  const tableWords = [{ schema: 'crm', table: 'deals', name: { en: 'Deals', pl: 'Szanse sprzedaży' }, titleColumn: 'title' }]
  await scoped(at.desk.db, 'system', (tx) => tx.update(portals).set({ tableWords }).where(eq(portals.id, at.world.portal.id)))
  const older = await at.world.capture()
  await sql`delete from crm.deals where title like '%Heron%'`
  const newer = await at.world.capture()
  const report = await look('heron &')
  expect(report.points.map(({ id }) => id)).toEqual([newer.id, older.id])
  expect(report.records).toMatchObject([
    {
      name: { en: 'Deals', pl: 'Szanse sprzedaży' },
      title: '<b onmouseover=alert(1)>Heron & Sons</b>',
      inCrm: true,
      live: false,
      presentIn: [older.id],
      unknownIn: [],
    },
  ])
  expect((await look('never entered')).records).toEqual([])
})

test('where a portal writes down who deleted what is known by its columns', () => {
  const shape = (table: string, names: string[]) => ({
    schema: 'x',
    table,
    columns: names.map((name) => ({ name, type: 'text' })),
    parents: [],
  })
  const audit = shape('audit_log', ['id', 'at', 'who', 'action', 'entity', 'entity_id'])
  expect(deletionTrail([shape('logins', ['at', 'who']), audit])).toEqual({
    schema: 'x',
    table: 'audit_log',
    actionColumn: 'action',
    entityColumn: 'entity',
    keyColumn: 'entity_id',
    whoColumn: 'who',
    whenColumn: 'at',
  })
  expect(deletionTrail([shape('audit_log', ['at', 'who', 'action'])])).toBeNull()
})
