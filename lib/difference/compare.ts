import type { CompareWay, Difference } from './difference.ts'
import type { Watching } from './observe.ts'
import type { Scope } from './scope.ts'
import type { Side } from './side.ts'

export type CompareOptions = Watching & {
  readonly way?: CompareWay
  /** Pair rows into changed records by key, for people. Default true. */
  readonly pairByKey?: boolean
}

/**
 * The exact difference by which `live` would have to change to be `snapshot` within the scope. Reads both sides at one instant each and
 * takes no lock that anyone could wait for. Memory is bounded by what differs. Places in the answer are good as long as the sides' transaction
 * lives: compare and read rows inside one `atOneMoment`.
 */
export async function compare(live: Side, snapshot: Side, scope: Scope, options: CompareOptions = {}): Promise<Difference> {
  throw new Error(`Not here yet: ${live.database} ${snapshot.database} ${scope.kind} ${options.way}`)
}
