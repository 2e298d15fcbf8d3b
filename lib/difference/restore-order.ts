import type { KeyTexts } from './by-key.ts'
import type { Baseline } from './compare/baseline.ts'
import type { LargeObjectDifference } from './difference.ts'
import type { Horizon } from './moved.ts'
import type { TableName } from './names.ts'
import type { Watching } from './observe.ts'
import type { Plan } from './plan.ts'
import type { EdgePolicies, SettledReference } from './references.ts'
import type { EngineRefusal } from './refusal.ts'
import type { Scope } from './scope.ts'
import type { Side } from './side.ts'
import type { WalTail } from './wal-tail.ts'
import type { WipedSet } from './wiped-set.ts'

export type { EdgePolicies, EdgePolicy, SettledReference } from './references.ts'

/** What every writing into live is told: where, where its journal goes, and how long it may wait, hold and ask. */
export type Applying = Watching & {
  /** Only read from; the transaction runs on a connection of its own, opened beside it in replica role. */
  readonly live: Side
  readonly snapshot: Side
  /** To read the server's log with, to whatever database of live's server has pg_walinspect (`wal-tail.ts`); without it writers wait a little longer. */
  readonly wal?: Side | undefined
  /** A directory of this run's own: what is deleted, overwritten or put back is written there, synced before the commit. */
  readonly journalDirectory: string
  /** How long one attempt waits for the lock; writers queue behind it. */
  readonly lockTimeoutMs: number
  /** Default 5. */
  readonly lockAttempts?: number | undefined
  /** The transaction is ended when the tables have been locked for longer (S52). */
  readonly maxLockMs: number
  /** Awaited before anything is locked, once an attempt: keep it, so that `whatBecameOf` can be asked after a crash. */
  readonly onTransaction: (transaction: RestoreTransaction) => Promise<void>
  /** The last question before COMMIT (I15). */
  readonly mayCommit: () => Promise<boolean>
}

export type RestoreInPlace = Applying & {
  /** What was kept of the snapshot: the first comparison goes by it. */
  readonly baseline?: Baseline | null
  readonly scope: Scope
  /** What the owner consented to lose (`wipedSetOf`); null asks nobody: rehearsals. */
  readonly consented: WipedSet | null
  /** How many rows more than consented may be wiped (R11). */
  readonly toleranceRows: number
  readonly edges: EdgePolicies
  /** For an undo: the journal of the restore that is undone, whose nulled references are given back where they are still null. */
  readonly giveBackFrom?: string | undefined
}

export type RestoreTransaction = { readonly xid: string; readonly backendPid: number; readonly backendStart: string }

export type TableCounts = { readonly table: TableName; readonly deleted: number; readonly inserted: number }

export type RestoreCounts = {
  readonly tables: readonly TableCounts[]
  readonly largeObjects: number
  /** References that were nulled or left dangling across the edge. */
  readonly references: readonly SettledReference[]
  readonly referencesGivenBack: number
  readonly sequences: readonly { readonly sequence: TableName; readonly from: string; readonly to: string }[]
}

export type Committed = {
  readonly outcome: 'committed'
  readonly xid: string
  readonly counts: RestoreCounts
  /** From asking for the lock to the commit: the longest a writer can have waited. */
  readonly writePauseMs: number
  /** Milliseconds by step, for logs and estimates. */
  readonly timings: Readonly<Record<string, number>>
  /** `pg_current_snapshot()` just before the commit: what `prove` tells later writes by. */
  readonly lastSnapshot: string
}

export type RestoreOutcome =
  | Committed
  | { readonly outcome: 'nothing_to_do' }
  | { readonly outcome: 'refused'; readonly refusal: EngineRefusal }

/** What is ready before the lock. */
export type Prepared = {
  readonly plan: Plan
  readonly keys: ReadonlyMap<number, KeyTexts | null>
  readonly horizon: Horizon
  readonly tail: WalTail | null
  readonly objects: readonly LargeObjectDifference[]
  /** To read live with, beside the writer. */
  readonly readers: readonly Side[]
}

/** The connections that a cancel must reach. */
export const sidesOf = ({ live, snapshot, wal }: Applying): Side[] => (wal ? [live, snapshot, wal] : [live, snapshot])
