import type { ChangedRow } from '../difference.ts'
import type { Pair } from '../drift.ts'
import { placeFromText, placeTexts, type Row, type RowSet, rowAt, rowSetOf, rowsOf } from '../row-set.ts'
import { rows, type Side } from '../side.ts'
import { onBoth, type RowDifference } from './row-difference.ts'

export type Paired = { readonly missing: RowSet; readonly newer: RowSet; readonly changed: readonly ChangedRow[] }

/** Finds the rows that are one record with two states, by their key's text. For people only: nothing that is written depends on it. */
export async function pairByKey(live: Side, snapshot: Side, pair: Pair, difference: RowDifference): Promise<Paired> {
  const { onlyLive, onlySnapshot } = difference
  if (pair.live.key.length === 0 || onlyLive.length === 0 || onlySnapshot.length === 0)
    return { missing: onlySnapshot, newer: onlyLive, changed: [] }
  const key = pair.live.data.filter((column) => pair.live.key.includes(column.name)).map((column) => `t.${column.quoted}`)
  const [here, there] = await onBoth(
    keyTexts(live, pair.live.quoted, key, onlyLive),
    keyTexts(snapshot, pair.snapshot.quoted, key, onlySnapshot),
  )
  const liveByKey = new Map([...here].map(([place, text]) => [text, place]))
  const changed = new Map<number, Row>()
  const newerByPlace = new Map([...rowsOf(onlyLive)].map((row) => [row.place, row]))
  const missing: Row[] = []
  for (let index = 0; index < onlySnapshot.length; index++) {
    const row = rowAt(onlySnapshot, index)
    const place = liveByKey.get(there.get(row.place) ?? '')
    const partner = place === undefined ? undefined : newerByPlace.get(place)
    if (partner === undefined) missing.push(row)
    else {
      changed.set(index, partner)
      newerByPlace.delete(partner.place)
    }
  }
  return {
    missing: rowSetOf(missing),
    newer: rowSetOf([...newerByPlace.values()]),
    changed: [...changed].map(([index, partner]) => ({ snapshot: rowAt(onlySnapshot, index), live: partner })),
  }
}

async function keyTexts(side: Side, table: string, key: readonly string[], wanted: RowSet): Promise<Map<number, string>> {
  const found = new Map<number, string>()
  for (const places of placeTexts(wanted)) {
    const texts = await rows<{ place: string; key: string }>(
      side,
      `SELECT t.ctid::text AS place, ROW(${key.join(', ')})::text AS key FROM ONLY ${table} AS t WHERE t.ctid = ANY ($1::tid[])`,
      [places],
    )
    for (const { place, key: text } of texts) found.set(placeFromText(place), text)
  }
  return found
}
