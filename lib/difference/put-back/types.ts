import type { TableName } from '../names.ts'

/**
 * Which records of one table come back. A key is its columns' text in the order of the table's key (primary key, else first unique one over NOT NULL
 * columns); in a table without a key a record is named by all its data columns, and naming it twice means two. A parent stands for its descendants.
 */
export type ChosenRecords = { readonly table: TableName; readonly keys: readonly RecordKey[] | 'all' }

export type RecordKey = readonly (string | null)[]

/** A row for people: its key's columns, or all of them (cut to 200 characters each) where the table has no key. */
export type NamedRow = Readonly<Record<string, string | null>>

/**
 * What stands in the way of one row. Of a put-back: `taken` (a unique index or exclusion constraint admits it no more beside a row of live), `dangling`
 * (it would point at nothing that it did not point at in the snapshot), `not_admitted` (a CHECK), `large_object` (live has another object under its
 * oid). Of a put-back's undo: `changed` (somebody changed the row since), `pointed_at` (a row that was not put back points at it).
 */
export type Conflict = {
  readonly kind: 'taken' | 'dangling' | 'not_admitted' | 'large_object' | 'changed' | 'pointed_at'
  readonly table: TableName
  /** The constraint's or index's own name; the large object's oid; null for `changed`. */
  readonly constraint: string | null
  /** The row that would come back, or be taken out. */
  readonly row: NamedRow
  readonly inTheWay: { readonly table: TableName; readonly row: NamedRow } | null
}

/** Chosen, or brought by what was: `child` points at one that comes back, `parent` is needed by one. */
export type Because = 'chosen' | 'child' | 'parent'

/** What a put-back would do. Nothing of it is in the way: that is in `leftOut`, and it comes only if the caller leaves conflicts out. */
export type PutBackPreview = {
  readonly tables: readonly {
    readonly table: TableName
    readonly chosen: number
    readonly children: number
    readonly parents: number
  }[]
  /** Each row that comes back though nobody asked for it, because another needs it. */
  readonly parents: readonly { readonly table: TableName; readonly row: NamedRow }[]
  readonly conflicts: readonly Conflict[]
  /** Rows in conflict and all that points at them. */
  readonly leftOut: readonly { readonly table: TableName; readonly rows: number }[]
  /** Chosen, but not missing: live has them as they were, or the snapshot has not. */
  readonly notMissing: readonly { readonly table: TableName; readonly key: RecordKey }[]
}
