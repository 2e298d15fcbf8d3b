import type pg from 'pg'
import type { AdapterRefusal, Call, Captured, CaptureRequest, Outcome } from '../../port.ts'
import { keepBaseline, writesBegin } from './baseline.ts'
import { captureOnline } from './capture-online.ts'
import { type Copied, capturePhysical } from './capture-physical.ts'
import { countChanges } from './changes.ts'
import { withClient } from './connect.ts'
import { withCopy } from './copies.ts'
import { databaseBytes, readFreeSpace } from './disk.ts'
import { manifestDigest, measureManifest } from './manifest.ts'
import { type Marker, mark, readDatabase } from './marker.ts'
import { copyName } from './names.ts'
import { dropCopy } from './prune.ts'
import { readHiddenTables } from './rights.ts'
import { withSides } from './sides.ts'
import { startWork } from './work-lock.ts'

/**
 * Makes a snapshot: online from the previous one where the structure stands and no whole copy is wished for (nobody is disconnected), else physical. The copy is
 * `making` until it was read whole and its manifest written down; whatever fails before that removes it (S107).
 */
export function capture(request: CaptureRequest, call: Call): Promise<Outcome<Captured>> {
  return captureBy(request, call, copyLive)
}

/** Makes the copy, which is marked `making` when this returns, or says why not. */
export type MakeCopy = (
  admin: pg.Client,
  request: CaptureRequest,
  call: Call,
  copy: { name: string; marker: Marker },
) => Promise<Outcome<Copied>>

/** The same from wherever the copy's rows come. */
export async function captureBy(request: CaptureRequest, call: Call, makeCopy: MakeCopy): Promise<Outcome<Captured>> {
  const { adminUrl } = request.portal
  const name = copyName(request.portal.id, call.idempotencyKey)
  return withClient(adminUrl, undefined, async (admin) => {
    await startWork(admin, [request.portal.databaseName, name])
    await call.observe('capture.begin', { databaseName: name })
    const earlier = await readDatabase(admin, name)
    if (earlier?.marker?.state === 'ready' && earlier.marker.captured) return remember(request, name, earlier.marker.captured)
    // A dead attempt with this very key: its copy is of no use, since nobody knows how far it came.
    if (earlier) await dropCopy(adminUrl, name)
    const refusal = await findRefusal(admin, request)
    if (refusal) return { ok: false, refusal }
    try {
      const outcome = await make(admin, request, call, { name, makeCopy })
      if (!outcome.ok) await dropCopy(adminUrl, name)
      return outcome
    } catch (error) {
      await dropCopy(adminUrl, name)
      throw error
    }
  })
}

async function make(
  admin: pg.Client,
  request: CaptureRequest,
  call: Call,
  { name, makeCopy }: { name: string; makeCopy: MakeCopy },
): Promise<Outcome<Captured>> {
  const began = performance.now()
  const marker: Marker = {
    restoreDesk: 1,
    purpose: request.purpose,
    state: 'making',
    portalId: request.portal.id,
    snapshotId: request.snapshotId,
    completedAt: null,
    contents: null,
    captured: null,
  }
  const copied = await makeCopy(admin, request, call, { name, marker })
  if (!copied.ok) return copied
  await call.observe('capture.describe')
  const { adminUrl } = request.portal
  const { manifest, baseline, changes } = await withCopy(adminUrl, name, async () => ({
    ...(await withSides(adminUrl, [{ databaseName: name }], async (side) => ({
      manifest: await measureManifest(side, call.signal),
      baseline: copied.lineage && (await keepBaseline(side, copied.lineage)),
    }))),
    changes: copied.changes ?? (await countChanges(request, name, call.signal)),
  }))
  call.signal.throwIfAborted()
  if (!(await call.mayCommit())) return { ok: false, refusal: { code: 'commit_forbidden', facts: {} } }
  const { way, physicalBecause, barredMs, sessionsEnded } = copied
  const captured = { way, physicalBecause, barredMs, sessionsEnded, captureMs: Math.round(performance.now() - began), changes }
  await mark(admin, name, {
    ...marker,
    state: 'ready',
    completedAt: new Date().toISOString(),
    contents: manifestDigest(manifest),
    captured,
  })
  await call.observe('capture.ready', { databaseName: name })
  return { ok: true, ...captured, snapshot: { id: request.snapshotId, databaseName: name }, manifest, baseline, notes: [] }
}

async function copyLive(
  admin: pg.Client,
  request: CaptureRequest,
  call: Call,
  copy: { name: string; marker: Marker },
): Promise<Outcome<Copied>> {
  let because: string | null = null
  const previous = request.previous && (await readDatabase(admin, request.previous.databaseName))
  if (previous?.marker?.state === 'ready') {
    // Only WAL summaries tell by the block what was written; without them a whole copy is compared no faster.
    if (request.afresh && request.mayBar !== 'never' && (await writesBegin(admin)) !== null) {
      const whole = await capturePhysical(admin, request, call, { ...copy, because })
      if (whole.ok) return whole
      await dropCopy(request.portal.adminUrl, copy.name)
    }
    const online = await captureOnline(admin, request, call, { ...copy, previous: previous.name })
    if ('lineage' in online) return { ok: true, way: 'online', physicalBecause: null, barredMs: 0, sessionsEnded: 0, ...online }
    because = online.moved.join('; ')
    await dropCopy(request.portal.adminUrl, copy.name)
    if (request.mayBar === 'never') return { ok: false, refusal: { code: 'schema_moved', facts: { moved: [...online.moved] } } }
  }
  return capturePhysical(admin, request, call, { ...copy, because })
}

/** S97, S51: found out before anything is barred or copied. */
async function findRefusal(admin: pg.Client, { portal }: CaptureRequest): Promise<AdapterRefusal | null> {
  const live = await readDatabase(admin, portal.databaseName)
  if (!live) return { code: 'portal_missing', facts: { databaseName: portal.databaseName } }
  const hidden = await withClient(portal.adminUrl, portal.databaseName, readHiddenTables)
  if (hidden.length > 0) return { code: 'role_cannot_see_rows', facts: { tables: hidden } }
  const neededBytes = await databaseBytes(admin, portal.databaseName)
  const { freeBytes } = await readFreeSpace(admin, portal.adminUrl)
  if (freeBytes !== null && freeBytes < neededBytes) return { code: 'not_enough_disk', facts: { neededBytes, freeBytes } }
  return null
}

/** The same key asked again: the same answer (I7), but for the baseline, which is measured once. */
async function remember(
  request: CaptureRequest,
  name: string,
  captured: NonNullable<Marker['captured']>,
): Promise<Outcome<Captured>> {
  const { adminUrl } = request.portal
  const manifest = await withCopy(adminUrl, name, () =>
    withSides(adminUrl, [{ databaseName: name }], (side) => measureManifest(side)),
  )
  return { ok: true, ...captured, snapshot: { id: request.snapshotId, databaseName: name }, manifest, baseline: null, notes: [] }
}
