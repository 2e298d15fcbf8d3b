import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import type { Db } from '#db/client.ts'
import { datastores, portals } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { serversWithPrograms } from '../adapters/postgres/testing/servers.ts'
import { fillTree, stateOfTree } from '../adapters/restic/testing/file-tree.ts'
import { makeRepository } from '../adapters/restic/testing/repository.ts'
import type { PortalWorld } from './portal-world.ts'

/** Whether this machine has what such a place is made of. */
export function canKeepFiles(): boolean {
  return serversWithPrograms().length > 0 && spawnSync('restic', ['version']).status === 0
}

export type FilesPlace = Awaited<ReturnType<typeof startFilesPlace>>

/**
 * Where rows and files of a portal are kept together: a server that has its own programs, a restic repository, a tree. The repository is this process's and
 * its workers'.
 */
export async function startFilesPlace() {
  const [server] = serversWithPrograms()
  if (!server) throw new Error('PostgreSQL’s own programs are not installed')
  const { url, stop } = await server.start()
  const repository = makeRepository()
  const folder = mkdtempSync(join(tmpdir(), 'kill-files-'))
  const root = join(folder, 'files')
  fillTree(root)
  process.env.RESTIC_REPOSITORY = repository.address
  process.env.RESTIC_PASSWORD_FILE = repository.passwordFile
  return {
    adminUrl: url,
    /** As it is in the snapshot. */
    kept: stateOfTree(root),
    state: () => stateOfTree(root),
    moveIn: (db: Db, { portal }: PortalWorld) =>
      scoped(db, 'system', async (tx) => {
        await tx
          .update(datastores)
          .set({ adapter: 'restic' })
          .where(eq(datastores.id, portal.datastoreId ?? ''))
        await tx.update(portals).set({ filesPath: root }).where(eq(portals.id, portal.id))
      }),
    /** One goes, one changes, one comes. */
    spoil: () => {
      rmSync(join(root, 'deals/offer.pdf'))
      writeFileSync(join(root, 'deals.txt'), 'scribbled over')
      writeFileSync(join(root, 'since.pdf'), 'since')
    },
    stop: async () => {
      delete process.env.RESTIC_REPOSITORY
      delete process.env.RESTIC_PASSWORD_FILE
      repository.drop()
      rmSync(folder, { recursive: true, force: true })
      await stop()
    },
  }
}
