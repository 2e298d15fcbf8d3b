import { createHash } from 'node:crypto'
import { byFirst, littleEndian } from '../digest.ts'
import { nameKey } from '../names.ts'
import type { PutBackPlan } from './plan-put-back.ts'
import type { Returning } from './returning.ts'

/**
 * The fingerprint of one put-back's preview, made as `digestOf` makes its own: what comes back and why, what is in the way, what stays away, what was not
 * missing, and `binding`. Places and order are no part of it.
 */
export function digestOfPutBack(plan: PutBackPlan | null, binding: Readonly<Record<string, string>>): string {
  const hash = createHash('sha256')
  const line = (...parts: readonly unknown[]) => hash.update(`${JSON.stringify(parts)}\n`)
  line('put_back', Object.entries(binding).sort(byFirst))
  if (plan === null) return hash.digest('hex')
  const tables = plan.comparison.pairs.map((pair) => pair.live).sort((a, b) => (nameKey(a) < nameKey(b) ? -1 : 1))
  for (const table of tables) {
    const lists = { ...byReason(plan.returning, table), leftOut: BigInt64Array.from(plan.leftOut.rows(table), (row) => row.hash) }
    for (const [kind, hashes] of Object.entries(lists)) {
      if (hashes.length === 0) continue
      line(table.schema, table.name, kind, hashes.length)
      hash.update(littleEndian(hashes.sort()))
    }
  }
  const sorted = (list: readonly object[]) => list.map((item) => JSON.stringify(item)).sort()
  line('conflicts', sorted(plan.conflicts))
  line('notMissing', sorted(plan.notMissing))
  return hash.digest('hex')
}

function byReason(returning: Returning, table: { schema: string; name: string }): Record<string, BigInt64Array> {
  const of = (because: string) =>
    BigInt64Array.from(
      returning.rows(table).filter((row) => row.because === because),
      (row) => row.hash,
    )
  return { chosen: of('chosen'), child: of('child'), parent: of('parent') }
}
