import type pg from 'pg'
import { bringUpToDate } from '#lib/difference/bring-up-to-date.ts'
import type { Call, CaptureRequest, Tally } from '../../port.ts'
import { baselineOf, type Lineage, writesBegin } from './baseline.ts'
import { alone, carryDatabaseSettings, createCopy, withCopy } from './copies.ts'
import type { Marker } from './marker.ts'
import { progressOf } from './progress.ts'
import { withSides } from './sides.ts'

/** A copy of the previous snapshot, made equal to live row by row while everybody works on. What is no row must not have moved. */
export async function captureOnline(
  admin: pg.Client,
  { portal, previous }: CaptureRequest,
  call: Call,
  copy: { name: string; marker: Marker; previous: string },
): Promise<{ lineage: Lineage; changes: Tally } | { moved: readonly string[] }> {
  const { adminUrl } = portal
  const before = previous ? baselineOf(previous) : null
  await call.observe('capture.create', { databaseName: copy.name, previous: copy.previous })
  await alone(adminUrl, copy.previous, (closed) =>
    createCopy(closed, { ...copy, template: copy.previous }, call.signal, adminUrl),
  )
  await carryDatabaseSettings(admin, portal.databaseName, copy.name)
  const since = await writesBegin(admin)
  await call.observe('capture.bring')
  const brought = await withCopy(adminUrl, copy.name, () =>
    withSides(adminUrl, [{ databaseName: copy.name, replica: true }, { databaseName: portal.databaseName }], (side, live) =>
      bringUpToDate({
        copy: side,
        live,
        previous: before,
        signal: call.signal,
        observe: (_, detail) => call.observe('capture.bring', progressOf(detail)),
      }),
    ),
  )
  if (brought.outcome === 'not_rows_only') return { moved: brought.moved }
  await call.observe('capture.brought', { rowsCompared: brought.rowsCompared })
  const origin = { ...brought.origin, blocks: before?.origin.blocks ?? null }
  return { changes: brought.changes, lineage: { origin, descent: before && since && { previous: before, since } } }
}
