import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { fileSteps, previews, restoreSteps } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { worldForAll } from '#lib/snapshots/testing/world-for-all.ts'
import { readSteps } from './read-run.ts'

const at = worldForAll()

test('a run tells the steps that it will take, before it takes them: of files only where they are to change places', async () => {
  const { id } = await at.world.capture()
  const stepsOf = async (scope: 'crm' | 'full', previewId: string) =>
    (await scoped(at.desk.db, 'system', (tx) => readSteps(tx, { id: crypto.randomUUID(), scope, previewId }))).map(
      ({ step }) => step,
    )
  const whole = await at.world.preview(id, 'full')
  const ofRows = restoreSteps.filter((step) => !fileSteps.includes(step))
  expect(await stepsOf('full', whole)).toEqual(ofRows)
  const ofFiles = crypto.randomUUID()
  await scoped(at.desk.db, 'system', async (tx) => {
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
