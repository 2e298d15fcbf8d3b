import { refuse } from '../refusal.ts'
import { growthSince, type WipedSet } from '../wiped-set.ts'

/** Exactly what was consented to moves, or less where somebody was quicker: never another row. */
export function refuseMore(consented: WipedSet | null, now: WipedSet): void {
  if (consented === null) return
  const { rows, tables } = growthSince(consented, now)
  if (rows === 0) return
  throw refuse('put_back_grew', {
    rows,
    tables: tables.map(({ table, rows: count }) => `${table.schema}.${table.name}: ${count}`),
  })
}
