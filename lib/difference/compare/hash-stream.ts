import { copyOut } from '../copy.ts'
import { noRows, placeOf, type Row, type RowSet, rowAt, rowsOf } from '../row-set.ts'
import type { Side } from '../side.ts'

const headerBytes = 19
const tupleBytes = 24
const trailerBytes = 2

/** Reads `SELECT ctid, hash …` as fast as the wire allows: 24 bytes a row, parsed by position, a batch for each chunk that arrives. */
export async function* streamRows(side: Side, select: string): AsyncGenerator<RowSet> {
  let rest: Buffer = Buffer.alloc(0)
  let header = headerBytes
  for await (const chunk of copyOut(side, `COPY (${select}) TO STDOUT (FORMAT binary)`)) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const skipped = Math.min(header, rest.length)
    header -= skipped
    const whole = Math.max(0, Math.floor((rest.length - skipped) / tupleBytes))
    yield parseTuples(rest.subarray(skipped), whole)
    rest = rest.subarray(skipped + whole * tupleBytes)
  }
  if (rest.length !== trailerBytes) throw new Error(`A row stream ended in the middle of a row (${rest.length} bytes left)`)
}

/** The whole answer, for what is known to be no more than what differs. */
export async function collectRows(side: Side, select: string): Promise<RowSet> {
  const collector = new RowCollector()
  for await (const batch of streamRows(side, select)) for (const row of rowsOf(batch)) collector.add(row)
  return collector.rows()
}

function parseTuples(bytes: Buffer, length: number): RowSet {
  const places = new Float64Array(length)
  const hashes = new BigInt64Array(length)
  for (let index = 0, at = 0; index < length; index++, at += tupleBytes) {
    places[index] = placeOf(bytes.readUInt32BE(at + 6), bytes.readUInt16BE(at + 10))
    hashes[index] = bytes.readBigInt64BE(at + 16)
  }
  return { length, places, hashes }
}

/** A growing row set. */
export class RowCollector {
  #places = new Float64Array(64)
  #hashes = new BigInt64Array(64)
  #length = 0

  add({ place, hash }: Row): void {
    if (this.#length === this.#places.length) this.#grow()
    this.#places[this.#length] = place
    this.#hashes[this.#length] = hash
    this.#length++
  }

  rows(): RowSet {
    return { length: this.#length, places: this.#places.slice(0, this.#length), hashes: this.#hashes.slice(0, this.#length) }
  }

  #grow(): void {
    const places = new Float64Array(this.#length * 2)
    const hashes = new BigInt64Array(this.#length * 2)
    places.set(this.#places)
    hashes.set(this.#hashes)
    this.#places = places
    this.#hashes = hashes
  }
}

/** Walks a stream row by row without a promise for each. */
export class RowCursor {
  readonly #batches: AsyncGenerator<RowSet>
  #batch: RowSet = noRows
  #at = 0

  constructor(batches: AsyncGenerator<RowSet>) {
    this.#batches = batches
  }

  /** Whether a row is at hand; awaits the next batch only where the last one is used up. */
  hasRow(): boolean | Promise<boolean> {
    return this.#at < this.#batch.length || this.#refill()
  }

  row(): Row {
    return rowAt(this.#batch, this.#at)
  }

  pass(): void {
    this.#at++
  }

  /** Reads what is left to its end, so that the connection is free again. */
  async close(): Promise<void> {
    await this.#batches.return(undefined)
  }

  async #refill(): Promise<boolean> {
    for (;;) {
      const next = await this.#batches.next()
      if (next.done) return false
      if (next.value.length === 0) continue
      this.#batch = next.value
      this.#at = 0
      return true
    }
  }
}
