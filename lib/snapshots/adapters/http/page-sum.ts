import { createHash } from 'node:crypto'
import type { ExtractedRow } from '../../port.ts'

/**
 * The sum by which a page of rows is known before it comes: SHA-256, in hex, over its rows and the sum of the page after it (nothing after the last). The first
 * page's, told with the table, so stands for all rows of the table in their order, and each page is judged by itself, before a row of it is used.
 *
 * A row is its change and, after a space each, its values: `-` for null, else the value's length in bytes of UTF-8, a colon and the value; a line feed ends it.
 */
export function sumOfPage(rows: readonly ExtractedRow[], next: string | null): string {
  const sum = createHash('sha256')
  for (const { change, values } of rows) {
    sum.update(change)
    for (const value of values) sum.update(value === null ? ' -' : ` ${Buffer.byteLength(value)}:${value}`)
    sum.update('\n')
  }
  return sum.update(next ?? '').digest('hex')
}
