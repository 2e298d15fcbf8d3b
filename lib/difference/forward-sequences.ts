import { type Catalogue, tableOids } from './catalogue.ts'
import type { Comparison } from './compare.ts'
import type { RestoreCounts } from './restore-order.ts'
import type { Scope } from './scope.ts'
import { compareSequences, moveSequencesForward, readSequences } from './sequences.ts'
import type { Side } from './side.ts'

/** Usually none, and no query. Live moving on since the comparison can only mean that less is to be done. */
export async function forwardSequences(
  writer: Side,
  scope: Scope,
  { sequences }: Comparison,
  catalogue: Catalogue,
): Promise<RestoreCounts['sequences']> {
  if (compareSequences(sequences.live, sequences.snapshot).every(({ snapshotIsAhead }) => !snapshotIsAhead)) return []
  const now = await readSequences(writer, scope, tableOids(catalogue))
  return moveSequencesForward(writer, compareSequences(now, sequences.snapshot))
}
