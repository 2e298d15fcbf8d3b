import { collectRows } from './compare/hash-stream.ts'
import { rowHash } from './compare/row-hash.ts'
import { shown } from './names.ts'
import type { TablePlan } from './plan.ts'
import { refuse } from './refusal.ts'
import { placeFromText, placeTexts, type RowSet } from './row-set.ts'
import { rows, type Side } from './side.ts'

/** The keys, as text, of rows that will be written: by them they are found again without reading the table. Null where that cannot be. */
export type KeyTexts = readonly (readonly string[])[] | null

// Beyond this share of the table one pass over it is cheaper than a search for each row.
const fewRows = 20_000

/** Read before the lock. Only keys of the server's own types: for others the right `=` may not be in reach. */
export async function readKeyTexts(snapshot: Side, plan: TablePlan): Promise<KeyTexts> {
  const columns = plan.live.data.filter((column) => plan.live.key.includes(column.name))
  if (columns.length === 0 || plan.insert.length > fewRows || columns.some((column) => column.typeOid >= 16384)) return null
  const keys: string[][] = []
  for (const texts of placeTexts(plan.insert)) {
    const found = await rows<{ place: string; key: string[] }>(
      snapshot,
      `SELECT t.ctid::text AS place, ARRAY[${columns.map((column) => `t.${column.quoted}::text`).join(', ')}]::text[] AS key
       FROM ONLY ${plan.snapshot.quoted} AS t WHERE t.ctid = ANY ($1::tid[])`,
      [texts],
    )
    keys.push(...found.sort((a, b) => placeFromText(a.place) - placeFromText(b.place)).map(({ key }) => key))
  }
  return keys
}

/**
 * The rows this transaction wrote are the meant multiset (S53), and the table holds as many rows as it should. Through their keys where that is
 * possible, else by one pass over row headers: `writtenSince` is the first xid that nobody had when the tables were locked, and rows come in
 * under savepoints, whose xids are younger.
 */
export async function verifyTable(
  writer: Side,
  plan: TablePlan,
  keys: KeyTexts,
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

async function byKey(writer: Side, plan: TablePlan, keys: readonly (readonly string[])[]): Promise<bigint[]> {
  const columns = plan.live.data.filter((column) => plan.live.key.includes(column.name))
  const hashes: bigint[] = []
  for (let at = 0; at < keys.length; at += 5000) {
    const lists = columns.map((_, index) => keys.slice(at, at + 5000).map((key) => key[index]))
    const same = columns.map((column, index) => `t.${column.quoted} = k.k${index}::${column.type}`).join(' AND ')
    const found = await rows<{ hash: string }>(
      writer,
      `SELECT ${rowHash(plan.live.data, 't')}::text AS hash
       FROM unnest(${columns.map((_, index) => `$${index + 1}::text[]`).join(', ')}) AS k(${columns.map((_, index) => `k${index}`).join(', ')})
       JOIN ONLY ${plan.live.quoted} AS t ON ${same}`,
      lists,
    )
    hashes.push(...found.map(({ hash }) => BigInt(hash)))
  }
  return hashes
}

async function byAge(writer: Side, plan: TablePlan, writtenSince: string): Promise<RowSet> {
  const young = `age(t.xmin) <= age('${writtenSince}'::xid)`
  return collectRows(writer, `SELECT t.ctid, ${rowHash(plan.live.data, 't')} FROM ONLY ${plan.live.quoted} AS t WHERE ${young}`)
}
