import { findReturning, type PausedCount, readPaused } from '#lib/difference/paused.ts'
import { RefusalError } from '#lib/difference/refusal.ts'
import { type ReleasedTable as Released, releasePaused as releaseIn } from '#lib/difference/release-paused.ts'
import { atOneMoment } from '#lib/difference/side.ts'
import type { Comparison, Outcome, PausedRequest, PausedTable, PortalRef, ReleaseCall, ReleasedTable } from '../../port.ts'
import { withCopy } from './copies.ts'
import { scopeOf, withSides } from './sides.ts'

/** Between the two copies alone: whatever people do in the portal meanwhile changes nothing of the answer (S69). */
export function findPaused({ portal, snapshot, safety, scope }: PausedRequest, signal?: AbortSignal): Promise<PausedTable[]> {
  const names = [{ databaseName: safety.databaseName }, { databaseName: snapshot.databaseName }]
  return withCopy(portal.adminUrl, safety.databaseName, () =>
    withCopy(portal.adminUrl, snapshot.databaseName, () =>
      withSides(portal.adminUrl, names, (replaced, stored) =>
        atOneMoment([replaced, stored], async () => {
          const returning = await findReturning(replaced, stored, scopeOf(portal, scope), signal)
          const found = await readPaused(stored, returning, signal)
          return found.map(({ table, key, columns, rows }) => ({
            ...named(table),
            key: [...key],
            columns: [...columns],
            rows: rows.map((row) => ({ key: [...row.key], was: [...row.was] })),
          }))
        }),
      ),
    ),
  )
}

/** The engine's release; a row that its table does not admit any more refuses all. */
export async function releasePaused(
  { adminUrl, databaseName }: PortalRef,
  tables: PausedTable[],
  { signal, keep }: ReleaseCall,
): Promise<Outcome<{ tables: ReleasedTable[] }>> {
  try {
    const released = await withSides(adminUrl, [{ databaseName }], (live) =>
      releaseIn({
        live,
        tables: tables.map(({ schema, table, ...rest }) => ({ ...rest, table: { schema, name: table } })),
        signal,
        mayCommit: (done, transaction) => keep(done.map(told), { way: 'in_place', ...transaction }),
      }),
    )
    return released === null
      ? { ok: false, refusal: { code: 'commit_forbidden', facts: {} } }
      : { ok: true, tables: released.map(told) }
  } catch (error) {
    if (error instanceof RefusalError) return { ok: false, refusal: error.refusal }
    throw error
  }
}

/** For a comparison: said wherever something is outbound, also that nothing of it would come back. */
export function pausedOf({ protection }: PortalRef, counted: readonly PausedCount[]): Pick<Comparison, 'paused'> {
  if (!protection?.columns.some(({ outbound }) => outbound === true)) return {}
  return { paused: counted.map(({ table, rows }) => ({ ...named(table), rows })) }
}

const told = ({ table, ...counts }: Released): ReleasedTable => ({ ...named(table), ...counts })
const named = ({ schema, name }: { schema: string; name: string }) => ({ schema, table: name })
