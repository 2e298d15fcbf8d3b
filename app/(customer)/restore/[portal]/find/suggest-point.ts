/** What a suggestion needs of a record; `changedSince` is the newest point that has it otherwise than the portal has it now. */
export type Wanted = { live: boolean | null; presentIn: string[]; changedSince: string | null; inCrm: boolean }
export type Suggestion = { pointId: string; has: number; all: number; scope: 'crm' | 'full' }

/**
 * The newest point that gives back all that is wanted, or the most of it, and the smaller scope that does. Null where no point has
 * anything. `points` are the newest first.
 */
export function suggestPoint(wanted: readonly Wanted[], points: readonly string[]): Suggestion | null {
  const given = wanted.map((record) => new Set(givenBackBy(record, points)))
  const counted = points.map((pointId) => ({ pointId, has: given.filter((by) => by.has(pointId)).length }))
  const best = counted.reduce<(typeof counted)[number] | null>((a, b) => (a === null || b.has > a.has ? b : a), null)
  if (best === null || best.has === 0) return null
  const within = wanted.filter((_, at) => given[at]?.has(best.pointId))
  return { ...best, all: wanted.length, scope: within.every(({ inCrm }) => inCrm) ? 'crm' : 'full' }
}

/** Points that have a gone record, or a changed one as it was before. What is as it was needs none. */
export function givenBackBy({ live, presentIn, changedSince }: Wanted, points: readonly string[]): string[] {
  if (!live) return points.filter((id) => presentIn.includes(id))
  const since = changedSince === null ? -1 : points.indexOf(changedSince)
  return since < 0 ? [] : points.slice(since).filter((id) => presentIn.includes(id))
}

/** Between which two moments a record that is gone was last there; `to` null is now. Null for one that no point has. */
export function vanishedBetween(
  { presentIn, unknownIn }: { presentIn: string[]; unknownIn: string[] },
  points: readonly string[],
): { from: string; to: string | null } | null {
  const newest = points.findIndex((id) => presentIn.includes(id))
  const from = points[newest]
  if (from === undefined) return null
  // A point that could not be asked may have it still: the next one that was asked counts.
  const to = points.slice(0, newest).findLast((id) => !unknownIn.includes(id))
  return { from, to: to ?? null }
}
