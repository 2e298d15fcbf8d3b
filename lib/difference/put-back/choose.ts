import type { TableDifference } from '../difference.ts'
import type { Pair } from '../drift.ts'
import { nameKey, type TableName } from '../names.ts'
import { type Row, rowsOf } from '../row-set.ts'
import type { Side } from '../side.ts'
import { keysOfRows } from './name-rows.ts'
import { Returning } from './returning.ts'
import type { ChosenRecords, PutBackPreview, RecordKey } from './types.ts'

export type Chosen = { readonly returning: Returning; readonly notMissing: PutBackPreview['notMissing'] }

/**
 * The chosen records among the missing rows. One that live has in another state (made again by hand under its old key, or changed) is among them
 * all the same when it was named: its key is taken, which is a conflict (S72). `all` means what is missing.
 */
export async function chooseRows(
  snapshot: Side,
  pairs: readonly Pair[],
  differences: ReadonlyMap<string, TableDifference>,
  records: readonly ChosenRecords[],
  holders: readonly (readonly TableName[])[],
): Promise<Chosen> {
  const returning = new Returning()
  const notMissing: PutBackPreview['notMissing'][number][] = []
  for (const [index, { table, keys }] of records.entries()) {
    const tables = (holders[index] ?? []).flatMap((holder) => pairs.filter(({ live }) => nameKey(live) === nameKey(holder)))
    const wanted = keys === 'all' ? null : new Wanted(keys)
    for (const { live } of tables) {
      const difference = differences.get(nameKey(live))
      if (difference === undefined) continue
      const candidates: Row[] = [...rowsOf(difference.missing)]
      if (wanted !== null) candidates.push(...difference.changed.map((pair) => pair.snapshot))
      const named =
        wanted === null
          ? null
          : await keysOfRows(
              snapshot,
              live,
              candidates.map(({ place }) => place),
            )
      for (const row of candidates)
        if (wanted === null || wanted.take(named?.get(row.place) ?? [])) returning.add(live, { ...row, because: 'chosen' })
    }
    for (const key of wanted?.left() ?? []) notMissing.push({ table, key })
  }
  return { returning, notMissing }
}

/** Keys to be taken one by one: equal rows of a table without a key are as many as were named. */
class Wanted {
  readonly #keys = new Map<string, { key: RecordKey; times: number }>()

  constructor(keys: readonly RecordKey[]) {
    for (const key of keys) {
      const text = JSON.stringify(key)
      this.#keys.set(text, { key, times: (this.#keys.get(text)?.times ?? 0) + 1 })
    }
  }

  take(key: RecordKey): boolean {
    const found = this.#keys.get(JSON.stringify(key))
    if (found === undefined || found.times === 0) return false
    found.times--
    return true
  }

  left(): RecordKey[] {
    return [...this.#keys.values()].flatMap(({ key, times }) => Array.from({ length: times }, () => key))
  }
}
