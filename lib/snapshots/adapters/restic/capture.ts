import { compare } from '#lib/difference/compare.ts'
import { countsOf } from '#lib/difference/difference.ts'
import { freezeAt } from '#lib/difference/freeze.ts'
import { one, type Side } from '#lib/difference/side.ts'
import {
  type AdapterRefusal,
  AdapterRefused,
  type Call,
  type Captured,
  type CaptureRequest,
  type Outcome,
  type Tally,
} from '../../port.ts'
import { capture as captureOnServer } from '../postgres/capture.ts'
import { withClient } from '../postgres/connect.ts'
import { withCopy } from '../postgres/copies.ts'
import { readDatabase } from '../postgres/marker.ts'
import { copyName } from '../postgres/names.ts'
import { readHiddenTables } from '../postgres/rights.ts'
import { withSides } from '../postgres/sides.ts'
import { readShapes } from '../postgres/table-shapes.ts'
import { startWork } from '../postgres/work-lock.ts'
import { type ArchiveRecord, findArchive, readRecord, writeRecord } from './archives.ts'
import { dumpPortal } from './dump-portal.ts'
import { keepFiles } from './files/keep-files.ts'
import { findUnsettled } from './files/settle-moves.ts'
import { measurePortable } from './measure.ts'
import { isOnServer, refusingProblems, withOpened } from './open-archive.ts'
import { findPrograms, type Programs } from './programs.ts'
import type { FindRepository, Repository } from './repository.ts'
import { sealOf } from './seal.ts'

/**
 * An archive of one instant, in the repository; nobody is disconnected. A safety copy is made on the portal's server instead, by the postgres adapter:
 * an undo must not hang on a repository that may be far away or down just then, and only there can the copy be completed under the restore's own lock.
 */
export function captureWith(find: FindRepository) {
  return async (request: CaptureRequest, call: Call): Promise<Outcome<Captured>> => {
    const previous = request.previous && (await isOnServer(request.portal, request.previous)) ? request.previous : null
    if (request.purpose === 'safety') return captureOnServer({ ...request, previous }, call)
    const repository = find()
    if (!repository) return { ok: false, refusal: notConfigured }
    const done = await refusingProblems(request.snapshotId, async () => ({
      ok: true,
      value: await answeringRefusals(() => captureArchive(find, repository, request, call)),
    }))
    return done.ok ? done.value : done
  }
}

/** What refuses in the middle of the work is an answer too. */
async function answeringRefusals<T>(work: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof AdapterRefused) return { ok: false, refusal: error.refusal }
    throw error
  }
}

const notConfigured: AdapterRefusal = {
  code: 'repository_unavailable',
  facts: { because: 'RESTIC_REPOSITORY and RESTIC_PASSWORD_FILE are not set' },
}

async function captureArchive(
  find: FindRepository,
  repository: Repository,
  request: CaptureRequest,
  call: Call,
): Promise<Outcome<Captured>> {
  const { portal } = request
  const name = copyName(portal.id, call.idempotencyKey)
  return withClient(portal.adminUrl, undefined, async (admin) => {
    await startWork(admin, [portal.databaseName, name])
    await call.observe('capture.begin', { databaseName: name })
    const earlier = await findArchive(repository, portal, name, call.signal)
    if (earlier) return answerOf(request, await readRecord(repository, earlier, call.signal))
    const unsettled = await findUnsettled(portal)
    if (unsettled) return { ok: false, refusal: unsettled }
    const live = await readDatabase(admin, portal.databaseName)
    if (!live) return { ok: false, refusal: { code: 'portal_missing', facts: { databaseName: portal.databaseName } } }
    const hidden = await withClient(portal.adminUrl, portal.databaseName, readHiddenTables)
    if (hidden.length > 0) return { ok: false, refusal: { code: 'role_cannot_see_rows', facts: { tables: hidden } } }
    const [record] = await withSides(portal.adminUrl, [{ databaseName: portal.databaseName }], async (side) => {
      const found = await findPrograms(side.versionNum)
      return found.ok ? [await makeRecord(find, repository, found.programs, request, call, name, side)] : [found.refusal]
    })
    if (!record) throw new Error('nothing was captured')
    if ('code' in record) return { ok: false, refusal: record }
    call.signal.throwIfAborted()
    if (!(await call.mayCommit())) return { ok: false, refusal: { code: 'commit_forbidden', facts: {} } }
    await writeRecord(repository, record)
    await call.observe('capture.ready', { databaseName: name })
    return { ...answerOf(request, record), baseline: sealOf(record) }
  })
}

/** All of one instant: the portal's tables are held (nobody but a TRUNCATE or an ALTER waits), pg_dump and the measuring see the same snapshot. */
async function makeRecord(
  find: FindRepository,
  repository: Repository,
  programs: Programs,
  request: CaptureRequest,
  call: Call,
  name: string,
  live: Side,
): Promise<ArchiveRecord> {
  const began = performance.now()
  const { portal, snapshotId } = request
  return freezeAt(live, async (exportedSnapshot) => {
    await call.observe('capture.create', { databaseName: name })
    const { encoding } = await one<{ encoding: string }>(live, `SELECT current_setting('server_encoding') AS encoding`)
    const dumped = await dumpPortal(repository, programs, portal, { snapshotId, name, exportedSnapshot, encoding }, call.signal)
    const files = portal.filesPath
      ? await keepFiles(repository, { portalId: portal.id, snapshotId, name }, portal.filesPath, call.signal)
      : null
    await call.observe('capture.created', { bytes: dumped.bytes + (files?.kept.bytes ?? 0) })
    await call.observe('capture.describe')
    const measured = await measurePortable(live, call.signal)
    const manifest = files ? { ...measured, files: { count: files.kept.count, bytes: files.kept.bytes } } : measured
    const { shapes } = await readShapes(live)
    const { changes, notes } = await countChanges(find, request, live, call.signal)
    const captured = {
      captureMs: Math.round(performance.now() - began),
      changes,
      notes: [...notes, ...(files?.notes ?? [])],
    }
    return {
      version: 1,
      portalId: portal.id,
      snapshotId,
      name,
      ...dumped,
      dumpedBy: programs.version,
      manifest,
      ...(files ? { files: files.kept } : {}),
      shapes,
      captured,
    }
  })
}

/** By which rows this instant differs from the snapshot before it: the bars of the timeline. That one being unreadable is no reason against a new one. */
async function countChanges(
  find: FindRepository,
  { portal, previous }: CaptureRequest,
  live: Side,
  signal: AbortSignal,
): Promise<{ changes: Tally | null; notes: string[] }> {
  if (!previous) return { changes: null, notes: [] }
  const counted = await withOpened(find, portal, previous, signal, ({ databaseName }) =>
    withCopy(portal.adminUrl, databaseName, () =>
      withSides(portal.adminUrl, [{ databaseName }], async (before) =>
        countsOf(await compare(live, before, { kind: 'all' }, { signal })),
      ),
    ),
  )
  if (counted.ok) return { changes: counted.value, notes: [] }
  return { changes: null, notes: [`not compared with the snapshot before it: ${counted.refusal.code}`] }
}

/** The same for the call that made it and for each that asks again (I7), but for the seal, which only the first one is given. */
function answerOf(request: CaptureRequest, { name, manifest, captured }: ArchiveRecord): { ok: true } & Captured {
  return {
    ok: true,
    snapshot: { id: request.snapshotId, databaseName: name },
    way: 'online',
    physicalBecause: null,
    barredMs: 0,
    sessionsEnded: 0,
    manifest,
    baseline: null,
    ...captured,
  }
}
