import { atOneMoment } from '#lib/difference/side.ts'
import { growthSince, unpackWipedSet, wipedSetOf } from '#lib/difference/wiped-set.ts'
import type { Call, Outcome, Restored, RestoreRequest } from '../../port.ts'
import { baselineOf } from './baseline.ts'
import { withCopy } from './copies.ts'
import { fullDifference } from './full-difference.ts'
import { progressOf } from './progress.ts'
import { scopeOf, withSides } from './sides.ts'
import { tallyOf, totalOf } from './tally.ts'

/** What a swap would wipe now, beside what was consented to: `grownRows` is never more than the tolerance (R11, I4). */
export async function compareForRestore(
  request: RestoreRequest,
  call: Call,
): Promise<Outcome<{ grownRows: number } & Pick<Restored, 'total' | 'tables'>>> {
  const { portal, snapshot, consented } = request
  const difference = await withCopy(portal.adminUrl, snapshot.databaseName, () =>
    withSides(portal.adminUrl, [{ databaseName: portal.databaseName }, { databaseName: snapshot.databaseName }], (live, stored) =>
      atOneMoment([live, stored], () =>
        fullDifference(live, stored, scopeOf(portal, request.scope), {
          signal: call.signal,
          baseline: baselineOf(snapshot),
          observe: (_, detail) => call.observe('swap.compare', progressOf(detail)),
        }),
      ),
    ),
  )
  const growth = growthSince(unpackWipedSet(consented.wiped), wipedSetOf(difference))
  if (growth.rows > consented.toleranceRows) {
    return { ok: false, refusal: { code: 'loss_grew', facts: { rows: growth.rows, toleranceRows: consented.toleranceRows } } }
  }
  const tables = difference.tables.map((table) => ({ schema: table.table.schema, table: table.table.name, ...tallyOf(table) }))
  return { ok: true, grownRows: growth.rows, total: totalOf(tables), tables }
}
