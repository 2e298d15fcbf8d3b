import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fileSteps, previews, restoreSteps } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { cloneDatabase, serverUrl, type TestDatabase } from '#db/testing/databases.ts'
import { makePortalWorld, type PortalWorld } from '#lib/snapshots/testing/portal-world.ts'
import { readSteps } from './read-run.ts'

let desk: TestDatabase
let world: PortalWorld
beforeAll(async () => {
  desk = await cloneDatabase()
  world = await makePortalWorld(desk.db, serverUrl())
})
afterAll(async () => {
  await world.drop()
  await desk.drop()
})

test('a run tells the steps that it will take, before it takes them: of files only where they are to change places', async () => {
  const { id } = await world.capture()
  const stepsOf = async (scope: 'crm' | 'full', previewId: string) =>
    (await scoped(desk.db, 'system', (tx) => readSteps(tx, { id: crypto.randomUUID(), scope, previewId }))).map(
      ({ step }) => step,
    )
  const whole = await world.preview(id, 'full')
  const ofRows = restoreSteps.filter((step) => !fileSteps.includes(step))
  expect(await stepsOf('full', whole)).toEqual(ofRows)
  const ofFiles = crypto.randomUUID()
  await scoped(desk.db, 'system', async (tx) => {
    const [{ report, ...preview } = missing()] = await tx.select().from(previews).where(eq(previews.id, whole))
    const notices = [{ code: 'files_exchange', facts: {} }]
    await tx.insert(previews).values({ ...preview, id: ofFiles, report: { ...report, notices } })
  })
  expect(await stepsOf('full', ofFiles)).toEqual(restoreSteps)
  expect(await stepsOf('crm', ofFiles)).toEqual(ofRows)
})

function missing(): never {
  throw new Error('the preview is not there')
}
