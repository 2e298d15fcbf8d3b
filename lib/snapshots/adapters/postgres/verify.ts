import type { Manifest, PortalRef, SnapshotRef, Verification } from '../../port.ts'
import { withCopy } from './copies.ts'
import { compareManifests, measureManifest } from './manifest.ts'
import { withSides } from './sides.ts'

/** The manifest of a stored copy, read now. */
export async function describeSnapshot(
  { adminUrl }: PortalRef,
  { databaseName }: SnapshotRef,
  signal?: AbortSignal,
): Promise<Manifest> {
  return withCopy(adminUrl, databaseName, () => withSides(adminUrl, [{ databaseName }], (side) => measureManifest(side, signal)))
}

/** Reads the whole copy, so that a torn page or a flipped byte is found here and not during a restore (S26, S53). */
export async function verify(
  portal: PortalRef,
  snapshot: SnapshotRef,
  manifest: Manifest,
  signal?: AbortSignal,
): Promise<Verification> {
  return compareManifests(manifest, await describeSnapshot(portal, snapshot, signal))
}
