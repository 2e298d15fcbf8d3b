import type { Column } from '../catalogue.ts'

/**
 * The 64-bit hash of a row: its text under pinned settings, byte by byte. Never `hash_record_extended`, for which −0 is 0 and citext has no case;
 * generated columns are left out, since they follow from the others. `alias` is the table's in the query.
 */
export function rowHash(columns: readonly Column[], alias: string): string {
  const fields = columns.map((column) => `${alias}.${column.quoted}`).join(', ')
  return `hashtextextended((ROW(${fields})::text) COLLATE "C", 0)`
}
