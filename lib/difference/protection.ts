import type { TableName } from './names.ts'

/**
 * What of a portal stays as it is today, whatever the snapshot says (S63–S72). The one rule: **protected data takes no part in a difference**; it is not
 * compared, counted, wiped or brought back, by a restore, its undo or a put-back. A protected table lies outside every scope, so a reference between it and
 * rows that go or return crosses the scope's edge and is nulled, kept or refused like any other (S71). A protected column belongs to a row that takes part:
 * a row that live still holds keeps its own value, a row that comes back gets what `whenBack` says, and a row that is wiped takes its values with it. Where a
 * whole database takes live's place, all this is carried into it beforehand (`carry-protected.ts`).
 */
export type Protection = {
  /** With their partitions and inheritance children. */
  readonly tables: readonly TableName[]
  /** The table needs a key, of which no column is protected: without one nobody could tell whose value is to be kept. */
  readonly columns: readonly ProtectedColumns[]
  /**
   * Records that somebody asked to be erased (S66). They too take no part: whatever live holds of them stays, be it nothing, and what the snapshot holds never
   * comes back, nor does what would have fallen with them (`erased.ts`). Absent: none.
   */
  readonly erased?: readonly ErasedRecords[] | undefined
}

/** Of one table, with its partitions: `keys[n][i]` is the n-th record's value in `columns[i]`, as that column's text under pinned settings. */
export type ErasedRecords = {
  readonly table: TableName
  readonly columns: readonly string[]
  readonly keys: readonly (readonly string[])[]
}

export type ProtectedColumns = {
  readonly table: TableName
  readonly columns: readonly { readonly name: string; readonly whenBack: WhenBack }[]
  /** Something goes out by these columns: a row that comes back with another value than the snapshot's is an action that is paused (S69, `paused.ts`). */
  readonly outbound?: true
}

/** `as_then`: the snapshot's value. `set`: this one, as text; null is NULL. */
export type WhenBack = 'as_then' | { readonly set: string | null }

export const nothingProtected: Protection = { tables: [], columns: [] }

export function isNothing({ tables, columns, erased = [] }: Protection): boolean {
  return tables.length + columns.length + erased.length === 0
}
