import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import { expect, onTestFinished, test, vi } from 'vitest'
import { portals, snapshots } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { cloneDatabase } from '#db/testing/databases.ts'
import { serversWithPrograms } from '../adapters/postgres/testing/servers.ts'
import { stateOfTree } from '../adapters/restic/testing/file-tree.ts'
import { makeRepository } from '../adapters/restic/testing/repository.ts'
import { captureSnapshot } from '../capture-snapshot.ts'
import { adapterNamed } from '../registry.ts'
import { makePortalWorld } from '../testing/portal-world.ts'
import { executeRun } from './execute-run.ts'
import { failureOfRun } from './outcome.ts'

test('I3 a run whose rows are committed and whose files cannot take their place is not told as restored: a person must look, and what is finished later is whole', {
  timeout: 400_000,
}, async () => {
  const { world, root } = await makeWorld()
  const point = await world.capture()
  const was = stateOfTree(root)
  writeFileSync(join(root, 'offer.pdf'), 'scribbled over')
  await world.live.sql`delete from intranet.posts`
  const runId = await world.run(await world.preview(point.id, 'full'))
  // Something stands in the way of the renames from the very moment of the commit on.
  const shell = (script: string) => spawnSync('sh', ['-c', script, root], { encoding: 'utf8' })
  const observe = async (boundary: string) => {
    if (boundary === 'restore.committed') expect(shell('mount -t tmpfs tmpfs "$0"').stderr).toBe('')
  }
  const executed = await executeRun(world.db, runId, world.work({ observe }))
  // Still in the way: what would be kept now has rows of after and files of before.
  const { portal, db } = world
  const captured = await captureSnapshot(db, { portalId: portal.id, label: 'daily' }, world.work())
  expect(captured).toMatchObject({ ok: false, why: 'refused', refusal: { code: 'files_unsettled', facts: { where: root } } })
  const [hole] = await scoped(db, 'system', (tx) => tx.select().from(snapshots).where(eq(snapshots.state, 'failed')))
  expect(hole).toMatchObject({ label: 'daily', reasonKind: 'files_unsettled' })
  shell('umount "$0"')
  expect(executed).toEqual({ done: true, state: 'failed' })
  const run = await world.readRun(runId)
  expect([failureOfRun(run), run.reason]).toEqual(['unproved', expect.stringContaining('could not be settled')])
  expect(await world.live.sql`select from intranet.posts`).toHaveLength(300)
  expect(stateOfTree(root)).not.toEqual(was)
  const { id, databaseName } = world.portal
  const ref = {
    id,
    adminUrl: world.adminUrl,
    databaseName: databaseName ?? '',
    scopePatterns: { schemas: [], tables: [] },
    filesPath: root,
  }
  await adapterNamed('restic').recover({ portal: ref, keep: [], busy: [] })
  expect(stateOfTree(root)).toEqual(was)
  expect((await world.capture()).state).toBe('ready')
})

async function makeWorld() {
  const [server] = serversWithPrograms()
  if (!server) throw new Error('PostgreSQL’s own programs are not installed')
  const [desk, portalServer, repository] = [await cloneDatabase(), await server.start(), makeRepository()]
  vi.stubEnv('RESTIC_PASSWORD_FILE', repository.passwordFile)
  vi.stubEnv('RESTIC_REPOSITORY', repository.address)
  const world = await makePortalWorld(desk.db, portalServer.url)
  const folder = mkdtempSync(join(tmpdir(), 'portal-files-'))
  const root = join(folder, 'files')
  mkdirSync(root)
  writeFileSync(join(root, 'offer.pdf'), 'the offer')
  await desk.owner`update datastores set adapter = 'restic'`
  await scoped(desk.db, 'system', (tx) => tx.update(portals).set({ filesPath: root }).where(eq(portals.id, world.portal.id)))
  onTestFinished(async () => {
    await world.drop()
    await portalServer.stop()
    await desk.drop()
    repository.drop()
    rmSync(folder, { recursive: true, force: true })
    vi.unstubAllEnvs()
  })
  return { world, root }
}
