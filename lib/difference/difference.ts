import type { TableName } from './names.ts'
import type { Row, RowSet } from './row-set.ts'

/** How one table differs. The three lists are disjoint; a row is in exactly one of them. */
export type TableDifference = {
  readonly table: TableName
  /** Rows the snapshot has and live has not; places are the snapshot's. */
  readonly missing: RowSet
  /** Rows live has and the snapshot has not; places are live's. */
  readonly newer: RowSet
  /** One record with two states, paired by primary key (or a unique key without nulls), for people: correctness does not need keys. */
  readonly changed: readonly ChangedRow[]
  readonly rowsLive: number
  readonly rowsSnapshot: number
  /** The columns by which pairs were found; empty where the table has no key. */
  readonly keyColumns: readonly string[]
}

/** A number that was not counted: with 95 % certainty it lies between the other two. */
export type Estimate = { readonly about: number; readonly atLeast: number; readonly atMost: number }

/** A table that was too large to be compared in time (S38): what a sample of its blocks showed, and what follows from it for the whole. */
export type SampledTable = {
  readonly table: TableName
  /** Rows that were met in the sample and differ; nothing is said of any other. */
  readonly seen: TableDifference
  readonly missing: Estimate
  readonly newer: Estimate
  readonly changed: Estimate
  /** Rows of both sides that were looked at, and about how many there are. */
  readonly rowsLookedAt: number
  readonly rowsInAll: number
}

export type ChangedRow = { readonly snapshot: Row; readonly live: Row }

/** A foreign key that crosses the scope's edge, and how many rows the restore would leave pointing at nothing. */
export type EdgeDifference = {
  /** `schema.table.constraint` as the catalogue spells it: the key of a policy. */
  readonly edge: string
  readonly constraint: string
  readonly from: TableName
  readonly to: TableName
  readonly columns: readonly string[]
  /** `inward`: rows outside the scope point at rows that go. `outward`: rows that come back point outside, at nothing. */
  readonly direction: 'inward' | 'outward'
  /** Whether the reference can be nulled at all (a NOT NULL column cannot). */
  readonly nullable: boolean
  readonly danglingRows: number
}

export type LargeObjectDifference = {
  readonly oid: number
  readonly change: 'missing' | 'newer' | 'changed'
  readonly bytesLive: number | null
  readonly bytesSnapshot: number | null
  /** Stands for the live object's content and owner, as a row's hash stands for the row; null where live has none. */
  readonly hashLive: bigint | null
  readonly hashSnapshot: bigint | null
}

/** `records`: erased ones that stay as they are today. `fallen`: records that stay away because they cannot be without one of those. */
export type ErasedCounts = { readonly records: number; readonly fallen: number }

export type SequenceDifference = {
  readonly sequence: TableName
  readonly live: string
  readonly snapshot: string
  /** True where the snapshot is further on than live in the sequence's own direction: only then a restore sets it (S70). */
  readonly snapshotIsAhead: boolean
}

/** One thing that is not the same table on both sides any more (S108). */
export type Drift = {
  readonly kind: 'table_newer' | 'table_gone' | 'table_changed' | 'type_changed'
  readonly name: string
  /** What moved, one line each: `column added: phone text`. */
  readonly details: readonly string[]
}

/**
 * The exact row-level difference between two databases that share a history. Tables without a difference are left out of `tables`
 * but counted in `tablesCompared`. Holds places and hashes of what differs, never the rows themselves: see `readRows`.
 */
export type Difference = {
  /** The best way that held; tables for which it did not fell back. */
  readonly way: CompareWay
  /** Tables by the way each was compared. */
  readonly tablesByWay: Readonly<Record<CompareWay, number>>
  readonly tables: readonly TableDifference[]
  readonly tablesCompared: number
  readonly rowsCompared: number
  readonly edges: readonly EdgeDifference[]
  readonly largeObjects: readonly LargeObjectDifference[]
  readonly sequences: readonly SequenceDifference[]
  /** What would be otherwise if nobody had been erased (S66); none of it is in `tables`. */
  readonly erased: ErasedCounts
  /** Tables that are not among the above, since they were not compared row by row; only where the caller set a time limit. */
  readonly sampled?: readonly SampledTable[]
  /** Tables that drifted are not compared; a difference with drift cannot be restored in place. */
  readonly drift: readonly Drift[]
}

/**
 * How the difference is found. `exact`: both sides are read whole; the oracle. `watermark`: live once, by age and keys. `wal_summaries`: only blocks that
 * were written. All give the same answer; each table falls back to the next where its own way does not hold.
 */
export type CompareWay = 'exact' | 'watermark' | 'wal_summaries'

export type DifferenceCounts = { readonly missing: number; readonly newer: number; readonly changed: number }

/** Sums over all compared tables, none of what was only sampled; rows only, large objects are counted by themselves. */
export function countsOf(difference: Difference): DifferenceCounts {
  return difference.tables.reduce(
    (sum, table) => ({
      missing: sum.missing + table.missing.length,
      newer: sum.newer + table.newer.length,
      changed: sum.changed + table.changed.length,
    }),
    { missing: 0, newer: 0, changed: 0 },
  )
}

export function isEmpty(difference: Difference): boolean {
  return (
    (difference.sampled ?? []).length === 0 &&
    difference.tables.length === 0 &&
    difference.largeObjects.length === 0 &&
    difference.drift.length === 0
  )
}
