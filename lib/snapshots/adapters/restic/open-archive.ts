import type pg from 'pg'
import { z } from 'zod'
import type { AdapterRefusal, Manifest, PortalRef, SnapshotRef } from '../../port.ts'
import { select, withClient } from '../postgres/connect.ts'
import { createEmptyCopy, withCopy } from '../postgres/copies.ts'
import { readFreeSpace } from '../postgres/disk.ts'
import { compareManifests, manifestDigest, measureManifest } from '../postgres/manifest.ts'
import { type Marker, mark, readDatabase } from '../postgres/marker.ts'
import { copyName } from '../postgres/names.ts'
import { dropCopy } from '../postgres/prune.ts'
import { withSides } from '../postgres/sides.ts'
import { startWork } from '../postgres/work-lock.ts'
import { type Archive, type ArchiveRecord, findArchive, recallRecord } from './archives.ts'
import { loadArchive } from './load-archive.ts'
import { portableStructure } from './portable-structure.ts'
import { asRefusal, RepositoryProblem } from './problem.ts'
import { findPrograms, type Programs } from './programs.ts'
import { readArchive, wasProved } from './read-archive.ts'
import type { FindRepository, Repository } from './repository.ts'
import { isSealOf } from './seal.ts'

export type Opened<T> = { ok: true; value: T } | { ok: false; refusal: AdapterRefusal }

/**
 * Runs `use` with the snapshot as a database of the portal's server. A copy that is there already (a safety copy) is used as it is; an archive is read
 * through once and held against its recorded sum, then loaded into a scratch database that nobody but us can enter, measured, and only then used
 * (S120, S53). The scratch goes when `use` is over, however it ends; after a kill, `recover` drops it.
 */
export async function withOpened<T>(
  find: FindRepository,
  portal: PortalRef,
  snapshot: SnapshotRef,
  signal: AbortSignal | undefined,
  use: (opened: SnapshotRef, measured: Manifest | null) => Promise<T>,
  recordOf = recallRecord,
): Promise<Opened<T>> {
  if (await isOnServer(portal, snapshot)) return { ok: true, value: await use(snapshot, null) }
  const missing = { ok: false, refusal: { code: 'snapshot_missing', facts: { snapshot: snapshot.id } } } as const
  const repository = find()
  if (!repository) return missing
  return refusingProblems(snapshot.id, async () => {
    const archive = await findArchive(repository, portal, snapshot.databaseName, signal)
    if (!archive) return missing
    const record = sealed(archive, snapshot, await recordOf(repository, archive, signal))
    return withClient(portal.adminUrl, undefined, async (admin) => {
      const name = copyName(portal.id, `${archive.databaseName}:opened:${crypto.randomUUID()}`)
      await startWork(admin, [name])
      const ready = await prepare(admin, portal, record)
      if (!ready.ok) return ready
      // Before the first load: nothing that is not ours is run by a server. Each load is summed again on its way.
      if (!wasProved(archive, record)) await readArchive(repository, archive, record, signal)
      try {
        const loading = { repository, portal, archive, record, programs: ready.programs, name }
        const measured = await load(admin, loading, signal)
        return { ok: true, value: await use({ id: snapshot.id, databaseName: name }, measured) }
      } finally {
        await dropCopy(portal.adminUrl, name)
      }
    })
  })
}

/** Where the caller handed the seal back, the record must be the one that was written at the capture. */
export function sealed(archive: Archive, { baseline }: SnapshotRef, record: ArchiveRecord): ArchiveRecord {
  if (!baseline || isSealOf(baseline, record)) return record
  throw new RepositoryProblem('damaged', `the record of ${archive.databaseName} is not the one that was written at the capture`)
}

/** Whether the snapshot is a finished copy on the portal's server: what the postgres adapter made or a swap left. */
export async function isOnServer({ adminUrl }: PortalRef, { databaseName }: SnapshotRef): Promise<boolean> {
  const found = await withClient(adminUrl, undefined, (admin) => readDatabase(admin, databaseName))
  return found?.marker?.state === 'ready'
}

/** A repository that says no is an answer to whoever asked for a snapshot. */
export async function refusingProblems<T>(snapshotId: string, work: () => Promise<Opened<T>>): Promise<Opened<T>> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof RepositoryProblem) return { ok: false, refusal: asRefusal(error, snapshotId) }
    throw error
  }
}

const serverVersion = `select current_setting('server_version_num')::int as version`

/** PostgreSQL's own programs of the portal's server's version. */
export async function programsOf(admin: pg.Client): ReturnType<typeof findPrograms> {
  const [server] = await select(admin, z.object({ version: z.number() }), serverVersion)
  return findPrograms(server?.version ?? 0)
}

async function prepare(
  admin: pg.Client,
  portal: PortalRef,
  record: ArchiveRecord,
): Promise<{ ok: true; programs: Programs } | { ok: false; refusal: AdapterRefusal }> {
  const found = await programsOf(admin)
  if (!found.ok) return found
  const neededBytes = record.manifest.tables.reduce((sum, { bytes }) => sum + bytes, 0)
  const { freeBytes } = await readFreeSpace(admin, portal.adminUrl)
  const refusal = { code: 'not_enough_disk', facts: { neededBytes, freeBytes: freeBytes ?? 0 } } as const
  return freeBytes !== null && freeBytes < neededBytes ? { ok: false, refusal } : found
}

type Loading = {
  repository: Repository
  portal: PortalRef
  archive: Archive
  record: ArchiveRecord
  programs: Programs
  name: string
}

/** What the scratch database holds, which is exactly what the record says. */
async function load(admin: pg.Client, loading: Loading, signal: AbortSignal | undefined): Promise<Manifest> {
  const { portal, archive, record, name } = loading
  const marker: Marker = {
    restoreDesk: 1,
    purpose: 'clone',
    state: 'making',
    portalId: portal.id,
    snapshotId: archive.id,
    completedAt: null,
    contents: null,
    captured: null,
  }
  await createEmptyCopy(admin, { name, like: portal.databaseName, marker })
  const manifest = await withCopy(portal.adminUrl, name, async () => {
    await loadArchive(loading, signal)
    return withSides(portal.adminUrl, [{ databaseName: name }], async (side) => {
      const measured = await measureManifest(side, signal)
      return { measured, portable: { ...measured, structure: await portableStructure(side) } }
    })
  })
  const compared = compareManifests(record.manifest, manifest.portable)
  if (!compared.ok) {
    const differs = compared.problems.map(({ schema, table, problem }) => `${schema}.${table} ${problem}`)
    throw new RepositoryProblem('damaged', `the loaded archive is not what was captured: ${differs.join('; ')}`)
  }
  // `ready`, so that it may be compared with and restored from; `clone`, so that it is no snapshot and never outlives its call.
  await mark(admin, name, { ...marker, state: 'ready', contents: manifestDigest(manifest.measured) })
  return manifest.portable
}
