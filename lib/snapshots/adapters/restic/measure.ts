import type { Side } from '#lib/difference/side.ts'
import type { Manifest } from '../../port.ts'
import { measureManifest } from '../postgres/manifest.ts'
import { portableStructure } from './portable-structure.ts'

/** The postgres adapter's manifest, with a fingerprint of the structure that survives a dump and a load. */
export async function measurePortable(side: Side, signal?: AbortSignal): Promise<Manifest> {
  const manifest = await measureManifest(side, signal)
  return { ...manifest, structure: await portableStructure(side) }
}
