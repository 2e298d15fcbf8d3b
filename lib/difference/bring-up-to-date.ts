import type { Watching } from './observe.ts'
import type { TableCounts } from './restore.ts'
import type { Side } from './side.ts'

export type BringUpToDate = Watching & {
  /** A copy of the previous snapshot that nobody else uses, opened with `replica: true`. */
  readonly copy: Side
  /** Frozen for the length of the call, under ACCESS SHARE locks on its tables: nobody is stopped but TRUNCATE and the like. */
  readonly live: Side
}

export type BroughtUpToDate =
  | {
      readonly outcome: 'equal'
      readonly tables: readonly TableCounts[]
      readonly sequences: number
      readonly rowsCompared: number
      readonly capturedAt: string
    }
  /** What is no row (functions, grants, views, comments, structure) has moved: only a physical capture will do. */
  | { readonly outcome: 'not_rows_only'; readonly moved: readonly string[] }

/**
 * Makes the copy exactly what live is at one instant: rows, large objects, and sequences set exactly. The online capture's core: the
 * engine of the restore turned round. Commits on the copy, then compares once more; anything thrown leaves the copy unfit for use.
 */
export async function bringUpToDate(order: BringUpToDate): Promise<BroughtUpToDate> {
  throw new Error(`Not here yet: ${order.copy.database}`)
}
