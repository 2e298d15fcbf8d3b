import type { Pair } from '../drift.ts'
import { nameKey, type TableName } from '../names.ts'
import { type RowSet, rowSetOf } from '../row-set.ts'
import type { Because } from './types.ts'

export type ReturningRow = { readonly place: number; readonly hash: bigint; readonly because: Because }

/** Rows of the snapshot, by table and place. */
export class Returning {
  readonly #tables = new Map<string, Map<number, ReturningRow>>()

  add(table: TableName, row: ReturningRow): boolean {
    const key = nameKey(table)
    const rows = this.#tables.get(key) ?? new Map<number, ReturningRow>()
    this.#tables.set(key, rows)
    if (rows.has(row.place)) return false
    rows.set(row.place, row)
    return true
  }

  has(table: TableName, place: number): boolean {
    return this.#tables.get(nameKey(table))?.has(place) ?? false
  }

  rows(table: TableName): readonly ReturningRow[] {
    return [...(this.#tables.get(nameKey(table))?.values() ?? [])]
  }

  places(table: TableName): readonly number[] {
    return [...(this.#tables.get(nameKey(table))?.keys() ?? [])]
  }

  set(table: TableName): RowSet {
    return rowSetOf(this.rows(table))
  }

  get size(): number {
    return [...this.#tables.values()].reduce((sum, rows) => sum + rows.size, 0)
  }

  /** All but those of `other`. */
  without(other: Returning, pairs: readonly Pair[]): Returning {
    const rest = new Returning()
    for (const { live } of pairs) for (const row of this.rows(live)) if (!other.has(live, row.place)) rest.add(live, row)
    return rest
  }
}
