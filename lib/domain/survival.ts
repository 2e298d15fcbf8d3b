/** What may go wrong, from the small to the large: people, the portal's database, the machine it stands on. */
export const disasters = ['records', 'database', 'server'] as const
export type Disaster = (typeof disasters)[number]
export type Outlives = 'yes' | 'no' | 'unknown'

/** What is known of a restore point that bears on what it would outlive. */
export type KnownPoint = {
  state: 'capturing' | 'ready' | 'bad' | 'failed'
  completedAt: Date | null
  /** As its adapter told when the copy was made; null where nobody wrote it down. */
  place: { kind: string; name: string | null; stands: 'with_server' | 'apart' | 'unknown' } | null
}

/**
 * R14: which disasters a restore point would outlive. A finished copy is apart from the portal's database, whatever keeps it; only its place says
 * whether it outlives the server. A damaged one outlives nothing that counts. Null where there is no copy (yet).
 */
export function survivalOf({ state, place }: KnownPoint): Record<Disaster, Outlives> | null {
  if (state === 'capturing' || state === 'failed') return null
  if (state === 'bad') return { records: 'no', database: 'no', server: 'no' }
  return { records: 'yes', database: 'yes', server: serverOf[place?.stands ?? 'unknown'] }
}

const serverOf = { with_server: 'no', apart: 'yes', unknown: 'unknown' } as const

/**
 * R14: whether the portal has a second place. `none`: no usable restore point at all. `one_server`: all of them would go with the server. `unknown`: none
 * is known to outlive it. `second`: the newest that would, and whether all that can be used lie in that one place.
 */
export type SecondPlace =
  | { kind: 'none' | 'one_server' | 'unknown' }
  | { kind: 'second'; newest: Date; place: string | null; onlyThere: boolean }

export function secondPlaceOf(points: KnownPoint[]): SecondPlace {
  const usable = points.filter(({ state }) => state === 'ready')
  if (usable.length === 0) return { kind: 'none' }
  const [newest] = usable
    .flatMap(({ place, completedAt }) => (place?.stands === 'apart' && completedAt !== null ? [{ place, completedAt }] : []))
    .sort((one, other) => other.completedAt.getTime() - one.completedAt.getTime())
  if (newest === undefined) {
    return { kind: usable.every(({ place }) => place?.stands === 'with_server') ? 'one_server' : 'unknown' }
  }
  const { kind, name } = newest.place
  const onlyThere = usable.every(({ place }) => place?.kind === kind && place.name === name)
  return { kind: 'second', newest: newest.completedAt, place: name, onlyThere }
}
