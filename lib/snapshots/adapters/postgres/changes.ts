import { compare } from '#lib/difference/compare.ts'
import { countsOf } from '#lib/difference/difference.ts'
import { atOneMoment } from '#lib/difference/side.ts'
import type { CaptureRequest, Tally } from '../../port.ts'
import { withClient } from './connect.ts'
import { withCopy } from './copies.ts'
import { readDatabase } from './marker.ts'
import { withSides } from './sides.ts'

/** Rows by which a new copy differs from the snapshot before it: the bars of the timeline. Null without one. */
export async function countChanges(request: CaptureRequest, name: string, signal: AbortSignal): Promise<Tally | null> {
  const { adminUrl } = request.portal
  const previous = request.previous?.databaseName
  if (previous === undefined) return null
  const there = await withClient(adminUrl, undefined, (admin) => readDatabase(admin, previous))
  if (there?.marker?.state !== 'ready') return null
  return withCopy(adminUrl, previous, () =>
    withSides(adminUrl, [{ databaseName: name }, { databaseName: previous }], (now, before) =>
      atOneMoment([now, before], async () => countsOf(await compare(now, before, { kind: 'all' }, { signal }))),
    ),
  )
}
