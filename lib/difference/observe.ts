import type { DifferenceCounts } from './difference.ts'
import type { TableName } from './names.ts'

/** Called, and awaited, at each named step boundary: progress, cancellation and the kill sweep hang on it. Throwing stops the work. */
export type Observe = (boundary: Boundary, detail?: BoundaryDetail) => void | Promise<void>

/**
 * In the order in which a restore passes them; `compare:table` and `apply:*` come once a table. `restore:compared` says in `rows` how many
 * row versions of the scope came or went between the instant of the comparison before the lock and the lock; nothing where that is not known.
 */
export type Boundary =
  | 'compare:begin'
  | 'compare:table'
  | 'compare:end'
  | 'restore:prepared'
  | 'restore:begun'
  | 'restore:lockWait'
  | 'restore:locked'
  | 'restore:compared'
  | 'apply:delete'
  | 'apply:insert'
  | 'restore:applied'
  | 'restore:verified'
  | 'restore:journalled'
  | 'restore:beforeCommit'
  | 'restore:committed'

export type BoundaryDetail = {
  readonly table?: string
  readonly done?: number
  readonly total?: number
  readonly rows?: number
  readonly blockers?: readonly string[]
}

/** How far a comparison is. `rows` are estimates of both sides from the server's statistics; all numbers only grow, and end at their totals. */
export type ComparedSoFar = {
  readonly tables: number
  readonly tablesInAll: number
  readonly rows: number
  readonly rowsInAll: number
  /** Being compared now; null at the end. */
  readonly comparing: TableName | null
  /** Done just now, with what it counts, or about where it was `sampled`: that is what it has at most. Null where that was no table, or one that does not differ. */
  readonly found: ({ readonly table: TableName; readonly sampled: DifferenceCounts | null } & DifferenceCounts) | null
}

export type Watching = { readonly signal?: AbortSignal | undefined; readonly observe?: Observe | undefined }

/** Stops at a boundary when the caller asked for it, by signal or by throwing from its own callback. */
export async function pass(watching: Watching, boundary: Boundary, detail?: BoundaryDetail): Promise<void> {
  watching.signal?.throwIfAborted()
  await watching.observe?.(boundary, detail)
  watching.signal?.throwIfAborted()
}
