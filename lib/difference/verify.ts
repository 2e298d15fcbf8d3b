import { findByKey, type KeyTexts } from './by-key.ts'
import { collectRows } from './compare/hash-stream.ts'
import { rowHash } from './compare/row-hash.ts'
import { shown } from './names.ts'
import type { TablePlan } from './plan.ts'
import { refuse } from './refusal.ts'
import type { RowSet } from './row-set.ts'
import type { Side } from './side.ts'

/**
 * The rows this transaction wrote are the meant multiset (S53), and the table holds as many rows as it should. Through their keys where that is
 * possible, else by one pass over row headers: `writtenSince` is the first xid that nobody had when the tables were locked, and rows come in
 * under savepoints, whose xids are younger.
 */
export async function verifyTable(
  writer: Side,
  plan: TablePlan,
  keys: KeyTexts | null,
  writtenSince: string,
  rowsNow: number,
): Promise<void> {
  const meant = BigInt64Array.from([...plan.insert.hashes, ...plan.revive.hashes]).sort()
  const usable = keys !== null && keys.length === meant.length && plan.revive.length === 0
  const written =
    meant.length === 0 ? [] : usable ? await byKey(writer, plan, keys) : (await byAge(writer, plan, writtenSince)).hashes
  const found = BigInt64Array.from(written).sort()
  const same = found.length === meant.length && found.every((hash, index) => hash === meant[index])
  if (!same)
    throw refuse('verification_failed', { table: shown(plan.live), step: 'rows', meant: meant.length, done: found.length })
  const rowsAfter = rowsNow - plan.remove.length + meant.length
  if (rowsAfter !== plan.rowsWanted)
    throw refuse('verification_failed', { table: shown(plan.live), step: 'count', meant: plan.rowsWanted, done: rowsAfter })
}

async function byKey(writer: Side, plan: TablePlan, keys: KeyTexts): Promise<bigint[]> {
  return (await findByKey(writer, plan.live, keys, rowHash(plan.live.compared, 't'))).map(BigInt)
}

async function byAge(writer: Side, plan: TablePlan, writtenSince: string): Promise<RowSet> {
  const young = `age(t.xmin) <= age('${writtenSince}'::xid)`
  return collectRows(
    writer,
    `SELECT t.ctid, ${rowHash(plan.live.compared, 't')} FROM ONLY ${plan.live.quoted} AS t WHERE ${young}`,
  )
}
