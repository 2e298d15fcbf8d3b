import { z } from 'zod'
import {
  type FoundSnapshot,
  type Manifest,
  manifestSchema,
  type PortalRef,
  type SnapshotRef,
  type Verification,
} from '../../port.ts'
import { compareManifests } from '../postgres/manifest.ts'
import { ask } from './ask.ts'
import { foundRemote, runQuiet } from './call-remote.ts'
import { RemoteProblem } from './problem.ts'
import { results, sentPortal, snapshotsAnswer } from './protocol.ts'
import type { FindRemote } from './remote.ts'

export function listWith(find: FindRemote) {
  return async (portal: PortalRef): Promise<FoundSnapshot[]> => {
    const path = `/portals/${portal.id}/snapshots?${queryOf(portal)}`
    const { value } = await ask(foundRemote(find), { method: 'GET', path }, snapshotsAnswer)
    const foreign = value.snapshots.find(({ portalId }) => portalId !== portal.id)
    if (foreign) throw new RemoteProblem(`asked for snapshots of ${portal.id}, it tells of one of ${foreign.portalId}`)
    return value.snapshots.sort((a, b) => a.completedAt.localeCompare(b.completedAt))
  }
}

/** The manifest as the remote wrote it down at the capture; that the snapshot still holds it is what `verify` asks. */
export function describeWith(find: FindRemote) {
  return async (portal: PortalRef, { databaseName }: SnapshotRef, signal?: AbortSignal): Promise<Manifest> => {
    const path = `/snapshots/${encodeURIComponent(databaseName)}/manifest?${queryOf(portal)}`
    return (await ask(foundRemote(find), { method: 'GET', path }, manifestSchema, signal)).value
  }
}

/** The remote reads its snapshot back; the desk compares. A remote that cannot be asked proves nothing either way: that is thrown. */
export function verifyWith(find: FindRemote) {
  return async (portal: PortalRef, snapshot: SnapshotRef, manifest: Manifest, signal?: AbortSignal): Promise<Verification> => {
    const { id, databaseName } = snapshot
    const body = { portal: sentPortal(portal), snapshot: { id, databaseName } }
    try {
      return compareManifests(manifest, await runQuiet(foundRemote(find), '/measurements', body, results.measurement, signal))
    } catch (cause) {
      if (!(cause instanceof RemoteProblem) || !['snapshot_missing', 'contents_differ'].includes(cause.refusal.code)) throw cause
      return { ok: false, problems: [{ schema: '', table: '', problem: cause.message }] }
    }
  }
}

export function pruneWith(find: FindRemote) {
  return async (portal: PortalRef, { id, databaseName }: SnapshotRef): Promise<void> => {
    const path = `/snapshots/${encodeURIComponent(databaseName)}?${queryOf(portal)}`
    await ask(foundRemote(find), { method: 'DELETE', path, key: `${id}:prune` }, z.unknown())
  }
}

/** A portal's own name and its database's, as questions without a body name it. */
export const queryOf = ({ id, databaseName }: PortalRef) => new URLSearchParams({ portal: id, database: databaseName }).toString()
