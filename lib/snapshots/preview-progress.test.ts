import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { previews } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { cloneDatabase, serverUrl, type TestDatabase } from '#db/testing/databases.ts'
import type { ComparedSoFar } from '#lib/difference/observe.ts'
import { compareForPeople, readPreviewed } from './compute-preview.ts'
import { keepProgress, readProgress } from './preview-progress.ts'
import { requestPreview } from './request-preview.ts'
import { incidentSql, makePortalWorld, type PortalWorld } from './testing/portal-world.ts'

let desk: TestDatabase
let world: PortalWorld
let snapshotId: string
beforeAll(async () => {
  desk = await cloneDatabase()
  world = await makePortalWorld(desk.db, serverUrl())
  ;({ id: snapshotId } = await world.capture())
  await world.live.sql.unsafe(incidentSql)
})
afterAll(async () => {
  await world.drop()
  await desk.drop()
})

test('S38 a comparison tells how far it is: only forwards, to its end, and what it has found is what the preview then says', async () => {
  const asked = await whole()
  const told: ComparedSoFar[] = []
  const { report } = await compareForPeople(asked, new AbortController().signal, {
    tellProgress: (soFar) => told.push(soFar),
  })
  const growing = (of: (soFar: ComparedSoFar) => number) =>
    told.every((soFar, at) => at === 0 || of(soFar) >= of(told[at - 1] ?? soFar))
  expect([growing(({ tables }) => tables), growing(({ rows }) => rows)]).toEqual([true, true])
  const [first, last] = [told[0], told.at(-1)]
  expect(first).toMatchObject({ tables: 0, tablesInAll: 4, rows: 0, found: null })
  expect(first?.comparing).not.toBeNull()
  expect(last).toMatchObject({ tables: 4, rows: last?.rowsInAll, comparing: null })
  expect(last?.rowsInAll).toBeGreaterThan(4_000)
  const found = told
    .flatMap((soFar) => soFar.found ?? [])
    .map(({ table: { name }, sampled: _, ...tally }) => ({ name, ...tally }))
  const shown = report.ok ? report.report.tables : []
  expect(found.length).toBeGreaterThan(1)
  expect(found.sort(byName)).toEqual(
    shown.map(({ table: name, missing, newer, changed }) => ({ name, missing, newer, changed })).sort(byName),
  )
})

test('S38 what is known so far stands with the preview, so that a reload shows the same', async () => {
  const asked = await whole()
  const books = keepProgress(desk.db, asked.preview, [{ schema: 'crm', table: 'deals', name: { en: 'Deals', pl: 'Szanse' } }])
  const deals = { schema: 'crm', name: 'deals' }
  books.tell({ tables: 0, tablesInAll: 2, rows: 0, rowsInAll: 40.4, comparing: deals, found: null })
  const found = { table: deals, sampled: null, missing: 3, newer: 2, changed: 1 }
  books.tell({ tables: 1, tablesInAll: 2, rows: 30, rowsInAll: 40.4, comparing: { schema: 'crm', name: 'deal_notes' }, found })
  await books.stop()
  const [row] = await scoped(desk.db, 'system', (tx) => tx.select().from(previews).where(eq(previews.id, asked.preview.id)))
  expect(readProgress(row?.progress)).toEqual({
    done: 1,
    total: 2,
    rows: 30,
    rowsInAll: 40,
    comparing: { schema: 'crm', table: 'deal_notes', name: { en: 'Deal notes', pl: 'Deal notes' } },
    tables: [
      { schema: 'crm', table: 'deals', name: { en: 'Deals', pl: 'Szanse' }, sampled: null, missing: 3, newer: 2, changed: 1 },
    ],
    tablesCut: false,
  })
})

async function whole() {
  return scoped(desk.db, 'system', async (tx) => {
    const ask = { portalId: world.portal.id, snapshotId, scope: 'full', policyVersion: 1, requestedBy: null } as const
    const preview = await requestPreview(tx, ask)
    const [row] = await tx
      .select()
      .from(previews)
      .where(eq(previews.id, preview?.previewId ?? ''))
    const read = row && (await readPreviewed(tx, row))
    if (!read) throw new Error('no preview to compute')
    return read
  })
}

const byName = (one: { name: string }, other: { name: string }) => (one.name < other.name ? -1 : 1)
