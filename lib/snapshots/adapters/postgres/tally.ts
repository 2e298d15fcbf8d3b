import type { TableDifference } from '#lib/difference/difference.ts'
import type { Tally } from '../../port.ts'

export function tallyOf({ missing, newer, changed }: TableDifference): Tally {
  return { missing: missing.length, newer: newer.length, changed: changed.length }
}

export function totalOf(tallies: readonly Tally[]): Tally {
  const total = { missing: 0, newer: 0, changed: 0 }
  for (const { missing, newer, changed } of tallies) {
    total.missing += missing
    total.newer += newer
    total.changed += changed
  }
  return total
}
