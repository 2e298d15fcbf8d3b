import type { AdapterRefusal, Manifest, PortalRef, SnapshotRef, Verification } from '../../port.ts'
import { compareManifests } from '../postgres/manifest.ts'
import { describeSnapshot, verify as verifyOnServer } from '../postgres/verify.ts'
import { findArchive, readRecord } from './archives.ts'
import { findFilesProblem } from './files/verify-files.ts'
import { isOnServer, withOpened } from './open-archive.ts'
import { RepositoryProblem } from './problem.ts'
import type { FindRepository } from './repository.ts'

/** The manifest as it was measured at the instant of the capture, read from the record: that the archive still holds it is what `verify` proves. */
export function describeWith(find: FindRepository) {
  return async (portal: PortalRef, snapshot: SnapshotRef, signal?: AbortSignal): Promise<Manifest> => {
    if (await isOnServer(portal, snapshot)) return describeSnapshot(portal, snapshot, signal)
    const repository = find()
    const archive = repository && (await findArchive(repository, portal, snapshot.databaseName, signal))
    if (!archive) throw new Error(`there is no archive ${snapshot.databaseName}`)
    return (await readRecord(repository, archive, signal)).manifest
  }
}

/**
 * A real test restore: record and archive are read whole from the repository (a flipped byte, a missing pack), the archive is held against its recorded sum
 * (these are the bytes that pg_dump wrote), loaded into a scratch database (the server takes it), and every table there is counted and summed (these are the
 * rows of that instant); files are read whole too. What the caller's manifest says is compared with that, not only what the record says. A repository that
 * cannot be asked proves nothing either way: that is thrown, and no snapshot is called bad for it.
 */
export function verifyWith(find: FindRepository) {
  return async (portal: PortalRef, snapshot: SnapshotRef, manifest: Manifest, signal?: AbortSignal): Promise<Verification> => {
    const opened = await withOpened(find, portal, snapshot, signal, async (_, measured) => measured, readRecord)
    if (!opened.ok) return asVerification(opened.refusal)
    if (!opened.value) return verifyOnServer(portal, snapshot, manifest, signal)
    const problem = await findFilesProblem(find, portal, snapshot, manifest, signal)
    const rows = compareManifests(manifest, opened.value)
    if (problem === null) return rows
    return { ok: false, problems: [...(rows.ok ? [] : rows.problems), { schema: '', table: '', problem }] }
  }
}

function asVerification(refusal: AdapterRefusal): Verification {
  const because = Object.entries(refusal.facts).map(([name, fact]) => `${name}: ${String(fact)}`)
  if (refusal.code !== 'contents_differ' && refusal.code !== 'snapshot_missing') {
    throw new RepositoryProblem('unavailable', `${refusal.code} (${because.join('; ')})`)
  }
  const problem = refusal.code === 'snapshot_missing' ? 'the archive is not in the repository' : because.join('; ')
  return { ok: false, problems: [{ schema: '', table: '', problem }] }
}
