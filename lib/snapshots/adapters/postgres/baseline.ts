import type pg from 'pg'
import { type Baseline, type BlockOrigin, measureBaseline, type Origin, readOrigin } from '#lib/difference/compare/baseline.ts'
import { packBaseline, unpackBaseline } from '#lib/difference/compare/pack-baseline.ts'
import { blocksWrittenSince, summariesFromHere } from '#lib/difference/compare/wal-summaries.ts'
import type { Side } from '#lib/difference/side.ts'
import type { SnapshotRef } from '../../port.ts'

/** What the caller kept of the snapshot, unpacked. */
export function baselineOf({ baseline }: SnapshotRef): Baseline | null {
  return baseline ? unpackBaseline(baseline) : null
}

/** Under the bar, or after the files were copied while it lasted: nobody can have written to the portal in between. `blocks` was asked before. */
export async function originUnderBar(admin: pg.Client, databaseName: string, blocks: BlockOrigin | null): Promise<Origin> {
  return { ...(await readOrigin({ client: admin }, databaseName)), blocks }
}

/** Where a copy's own writes begin: asked when it has been created and nobody has written to it yet. */
export async function writesBegin(admin: pg.Client): Promise<BlockOrigin | null> {
  return summariesFromHere({ client: admin })
}

/** What a fresh copy is from now on, as a database of its own: asked before anybody can have written to it. */
export async function originOfCopy(admin: pg.Client, databaseName: string): Promise<Origin> {
  return { ...(await readOrigin({ client: admin }, databaseName)), blocks: await writesBegin(admin) }
}

/** Where a copy comes from, as far as its baseline needs it. `descent`: it was brought up to date from a copy with this baseline, and written to since. */
export type Lineage = { origin: Origin; descent: { previous: Baseline; since: BlockOrigin } | null }

/**
 * Measured on the finished copy, and packed for the caller to keep. The blocks of a copy that was brought up to date are the portal's own, but for those
 * that were written in it or in the copy before; where that cannot be told, only the watermark is kept.
 */
export async function keepBaseline(copy: Side, { origin, descent }: Lineage): Promise<Uint8Array> {
  const { previous, since } = descent ?? {}
  if (!previous || !since) return packBaseline(await measureBaseline(copy, origin, null))
  const sameSource =
    previous.origin.databaseOid === origin.databaseOid && previous.origin.systemIdentifier === origin.systemIdentifier
  const written = sameSource ? await blocksWrittenSince(copy, copy.databaseOid, since) : null
  return packBaseline(
    written
      ? await measureBaseline(copy, origin, { previous, written })
      : await measureBaseline(copy, { ...origin, blocks: null }, null),
  )
}
