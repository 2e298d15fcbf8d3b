/** A row version: where it is (`ctid`, see `placeText`) and the 64-bit hash of its text under pinned settings. */
export type Row = { readonly place: number; readonly hash: bigint }

/** Many rows, compactly: 16 bytes a row. `places[i]` and `hashes[i]` belong together. */
export type RowSet = {
  readonly length: number
  readonly places: Float64Array
  readonly hashes: BigInt64Array
}

export const noRows: RowSet = { length: 0, places: new Float64Array(0), hashes: new BigInt64Array(0) }

/** A place is block × 65536 + line, exact in a double: a block number has 32 bits. */
export function placeOf(block: number, line: number): number {
  return block * 65536 + line
}

/** `(block,line)` as PostgreSQL reads a tid. */
export function placeText(place: number): string {
  return `(${Math.floor(place / 65536)},${place % 65536})`
}

export function placeFromText(text: string): number {
  const [block, line] = text.slice(1, -1).split(',').map(Number)
  if (block === undefined || line === undefined || Number.isNaN(block + line)) throw new Error(`Not a tid: ${text}`)
  return placeOf(block, line)
}

export function rowAt(rows: RowSet, index: number): Row {
  const place = rows.places[index]
  const hash = rows.hashes[index]
  if (place === undefined || hash === undefined) throw new RangeError(`No row ${index} among ${rows.length}`)
  return { place, hash }
}

export function rowSetOf(rows: readonly Row[]): RowSet {
  return {
    length: rows.length,
    places: Float64Array.from(rows, (row) => row.place),
    hashes: BigInt64Array.from(rows, (row) => row.hash),
  }
}

export function* rowsOf(rows: RowSet): Generator<Row> {
  for (let index = 0; index < rows.length; index++) yield rowAt(rows, index)
}

/** The rows from one index up to another, without a copy. */
export function sliceOf({ places, hashes }: RowSet, from: number, to: number): RowSet {
  const end = Math.min(to, places.length)
  return { length: end - from, places: places.subarray(from, end), hashes: hashes.subarray(from, end) }
}

/** Places as an array parameter for `ctid = ANY ($1::tid[])`, some at a time. */
export function* placeTexts(rows: RowSet, atOnce = 20_000): Generator<string[]> {
  for (let at = 0; at < rows.length; at += atOnce) yield Array.from(rows.places.subarray(at, at + atOnce), placeText)
}

/** The same rows, by hash, equal ones by place: the order in which sides are merged. */
export function sortByHash(rows: RowSet): RowSet {
  return rowSetOf([...rowsOf(rows)].sort((a, b) => (a.hash < b.hash ? -1 : a.hash > b.hash ? 1 : a.place - b.place)))
}
