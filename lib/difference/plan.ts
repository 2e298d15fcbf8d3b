import type { Table } from './catalogue.ts'
import { type CompareOptions, type Comparison, compareSides } from './compare.ts'
import { type CopyFormat, copyOutWhole } from './copy.ts'
import { returningRows, wipedRows } from './count-edges.ts'
import { travelsInBinary } from './drift.ts'
import type { Moved } from './moved.ts'
import { nameKey } from './names.ts'
import { valueWhenBack } from './protected-columns.ts'
import { noRows, placeTexts, type Row, type RowSet, rowSetOf, rowsOf } from './row-set.ts'
import type { Scope } from './scope.ts'
import type { Side } from './side.ts'

/** What is to be done to one table. */
export type TablePlan = {
  readonly live: Table
  readonly snapshot: Table
  readonly format: CopyFormat
  /** Places and hashes on live. */
  readonly remove: RowSet
  /** Places and hashes in the snapshot. */
  readonly insert: RowSet
  /** Rows that were right when compared and went before the lock: places on the frozen live side, which still sees them. */
  readonly revive: RowSet
  /** The bytes of `insert`, read before the lock; null where they are too many to hold, or no longer the right ones. */
  readonly ready: readonly Buffer[] | null
  readonly rowsThen: number
  readonly rowsWanted: number
}

export type Plan = { readonly comparison: Comparison; readonly tables: readonly TablePlan[] }

/** How much is kept in memory before a lock. */
export const readyBytes = 64 * 1024 * 1024

/** Everything that can be known before a lock is asked for: the whole difference, and the rows that will come back, in memory as far as they fit. */
export async function makePlan(live: Side, snapshot: Side, scope: Scope, options: CompareOptions): Promise<Plan> {
  const comparison = await compareSides(live, snapshot, scope, { pairByKey: false, ...options })
  const differences = new Map(comparison.difference.tables.map((table) => [nameKey(table.table), table]))
  let room = readyBytes
  const tables: TablePlan[] = []
  for (const pair of comparison.pairs) {
    const difference = differences.get(nameKey(pair.live))
    const rowsThen = comparison.rowsLive.get(nameKey(pair.live)) ?? 0
    const insert = difference === undefined ? noRows : returningRows(difference)
    const format: CopyFormat = travelsInBinary(pair, comparison.live, comparison.snapshot) ? 'binary' : 'text'
    const ready = await readAhead(snapshot, pair.live, pair.snapshot, insert, format, room)
    room -= (ready ?? []).reduce((sum, piece) => sum + piece.length, 0)
    const remove = difference === undefined ? noRows : wipedRows(difference)
    tables.push({
      ...pair,
      format,
      remove,
      insert,
      revive: noRows,
      ready,
      rowsThen,
      rowsWanted: difference?.rowsSnapshot ?? rowsThen,
    })
  }
  return { comparison, tables }
}

/**
 * The plan of a table after what moved since it was made, exactly. A row that somebody deleted need not be removed any more, or must be
 * brought back; a row that somebody wrote is one that returns by itself, or one more to remove.
 */
export function settle(plan: TablePlan, moved: Moved): TablePlan {
  if (moved.fresh.length === 0 && moved.gone.length === 0) return plan
  const remove = new Map([...rowsOf(plan.remove)].map((row) => [row.place, row]))
  const insert = new Pool(plan.insert)
  const revive = new Pool(noRows)
  for (const gone of rowsOf(moved.gone)) {
    if (remove.delete(gone.place)) continue
    // Of equal rows one too many was to go: now that another one went, it may stay.
    const twin = [...remove.values()].find((row) => row.hash === gone.hash)
    if (twin === undefined) revive.add(gone)
    else remove.delete(twin.place)
  }
  for (const fresh of rowsOf(moved.fresh))
    if (!revive.take(fresh.hash) && !insert.take(fresh.hash)) remove.set(fresh.place, fresh)
  const inserts = insert.rows()
  return {
    ...plan,
    remove: rowSetOf([...remove.values()]),
    insert: inserts,
    revive: revive.rows(),
    ready: inserts.length === plan.insert.length ? plan.ready : null,
  }
}

/** `COPY … TO` of the rows at the places, a piece at a time, columns in live's order by name; protected ones as of a row that comes back. */
export function* copyPieces(from: Table, columns: Table, rows: RowSet, format: CopyFormat): Generator<string> {
  const values = columns.data.map((column) => valueWhenBack(columns, column)).join(', ')
  for (const texts of placeTexts(rows)) {
    const list = texts.map((text) => `"${text}"`).join(',')
    yield `COPY (SELECT ${values} FROM ONLY ${from.quoted} WHERE ctid = ANY ('{${list}}'::tid[])) TO STDOUT (FORMAT ${format})`
  }
}

/** Rows by hash, to be taken one by one. */
class Pool {
  readonly #rows = new Map<bigint, Row[]>()

  constructor(rows: RowSet) {
    for (const row of rowsOf(rows)) this.add(row)
  }

  add(row: Row): void {
    const same = this.#rows.get(row.hash)
    if (same === undefined) this.#rows.set(row.hash, [row])
    else same.push(row)
  }

  take(hash: bigint): boolean {
    return this.#rows.get(hash)?.pop() !== undefined
  }

  rows(): RowSet {
    return rowSetOf([...this.#rows.values()].flat())
  }
}

/** The bytes of rows that will come back, as far as they fit; null where they do not. */
export async function readAhead(
  snapshot: Side,
  live: Table,
  table: Table,
  insert: RowSet,
  format: CopyFormat,
  room: number,
): Promise<readonly Buffer[] | null> {
  const pieces: Buffer[] = []
  let bytes = 0
  for (const sql of copyPieces(table, live, insert, format)) {
    if (bytes > room) return null
    const piece = await copyOutWhole(snapshot, sql)
    pieces.push(piece.bytes)
    bytes += piece.bytes.length
  }
  return pieces
}
