import type { TableName } from './names.ts'
import type { Watching } from './observe.ts'
import type { EngineRefusal } from './refusal.ts'
import type { Scope } from './scope.ts'
import type { Side } from './side.ts'
import type { WipedSet } from './wiped-set.ts'

/** What becomes of rows that a restore leaves pointing at nothing across the scope's edge (S71). */
export type EdgePolicy = 'null' | 'keep' | 'refuse'

export type RestoreInPlace = Watching & {
  /** Only read from; the transaction runs on a connection of its own, opened beside it in replica role. */
  readonly live: Side
  readonly snapshot: Side
  readonly scope: Scope
  /** What the owner consented to lose (`wipedSetOf`); null asks nobody: rehearsals, copies. */
  readonly consented: WipedSet | null
  /** How many rows more than consented may be wiped (R11). */
  readonly toleranceRows: number
  /** By `EdgeDifference.edge`; `otherwise` is for the edges not named. */
  readonly edges: { readonly byEdge: Readonly<Record<string, EdgePolicy>>; readonly otherwise: EdgePolicy }
  /** An empty directory of this run's own: what is deleted or overwritten is kept there, synced before the commit. */
  readonly journalDirectory: string
  /** For an undo: the journal of the restore that is undone, whose nulled references are given back where they are still null. */
  readonly giveBackFrom?: string
  readonly lockTimeoutMs: number
  readonly lockAttempts?: number
  /** The transaction is ended when the tables have been locked for longer (S52). */
  readonly maxLockMs: number
  /** Awaited before anything is locked, once an attempt: keep it, so that `whatBecameOf` can be asked after a crash. */
  readonly onTransaction: (transaction: RestoreTransaction) => Promise<void>
  /** The last question before COMMIT (I15). */
  readonly mayCommit: () => Promise<boolean>
}

export type RestoreTransaction = { readonly xid: string; readonly backendPid: number; readonly backendStart: string }

export type TableCounts = { readonly table: TableName; readonly deleted: number; readonly inserted: number }

export type RestoreCounts = {
  readonly tables: readonly TableCounts[]
  readonly largeObjects: number
  /** References that were nulled or left dangling across the edge, by edge. */
  readonly references: readonly { readonly edge: string; readonly rows: number; readonly became: 'nulled' | 'kept' }[]
  readonly referencesGivenBack: number
  readonly sequences: readonly { readonly sequence: TableName; readonly from: string; readonly to: string }[]
}

export type RestoreOutcome =
  | {
      readonly outcome: 'committed'
      readonly xid: string
      readonly counts: RestoreCounts
      /** From asking for the lock to the commit: the longest a writer can have waited. */
      readonly writePauseMs: number
      /** Milliseconds by step, for logs and estimates. */
      readonly timings: Readonly<Record<string, number>>
    }
  | { readonly outcome: 'nothing_to_do' }
  | { readonly outcome: 'refused'; readonly refusal: EngineRefusal }

/**
 * Makes live what the snapshot was, within the scope, in one transaction (I3). Readers go on; writers wait from the lock to the commit.
 * Undo is the same call from the safety copy. A refusal comes back as a value and leaves live untouched, as does anything thrown, save
 * `OutcomeUnknown`: the connection was lost at the commit, ask `whatBecameOf(xid)`. The signal stops it until COMMIT is sent.
 */
export async function restoreInPlace(order: RestoreInPlace): Promise<RestoreOutcome> {
  throw new Error(`Not here yet: ${order.journalDirectory}`)
}
