import type pg from 'pg'
import type { Call, Captured, CaptureRequest, Outcome, PortalRef, Tally } from '../../port.ts'
import { withBar } from './bar.ts'
import { type Lineage, originUnderBar, writesBegin } from './baseline.ts'
import { sqlState, withClient } from './connect.ts'
import { cancellable, carryDatabaseSettings, createCopy } from './copies.ts'
import type { Marker } from './marker.ts'

/** How a copy came to be; the rest is measured from it. */
export type Copied = Pick<Captured, 'way' | 'physicalBecause' | 'barredMs' | 'sessionsEnded'> & {
  /** Null for one that was loaded: its rows are none of the portal's blocks. */
  lineage: Lineage | null
  /** By which it differs from the previous snapshot, where making it told. */
  changes: Tally | null
}

/**
 * A copy of the portal's files, while nobody is in: about a second a gigabyte. A checkpoint beforehand leaves little to write down
 * under the bar; without the right to it the bar only lasts a little longer.
 */
export async function capturePhysical(
  admin: pg.Client,
  { portal, barTimeoutMs }: CaptureRequest,
  call: Call,
  copy: { name: string; marker: Marker; because: string | null },
): Promise<Outcome<Copied>> {
  await freezeForBlocks(portal, admin, call.signal)
  await checkpointIfAllowed(admin)
  const blocks = await writesBegin(admin)
  await call.observe('capture.bar', { databaseName: portal.databaseName })
  const copied = await withBar<Copied>(
    portal.adminUrl,
    admin,
    portal.databaseName,
    { timeoutMs: barTimeoutMs, signal: call.signal },
    async (barred) => {
      await call.observe('capture.barred', { sessionsEnded: barred.sessionsEnded })
      await call.observe('capture.create', { databaseName: copy.name })
      const origin = await originUnderBar(admin, portal.databaseName, blocks)
      await createCopy(admin, { ...copy, template: portal.databaseName }, call.signal, portal.adminUrl)
      await barred.lift()
      return {
        ok: true,
        way: 'physical',
        physicalBecause: copy.because,
        barredMs: barred.barredMs(),
        sessionsEnded: barred.sessionsEnded,
        lineage: { origin, descent: null },
        changes: null,
      }
    },
  )
  if (!copied.ok) return copied
  await carryDatabaseSettings(admin, portal.databaseName, copy.name)
  await call.observe('capture.created', { barredMs: copied.barredMs })
  return copied
}

/**
 * Where the server keeps WAL summaries, rows are frozen first: else the first one to read a row afterwards marks it, and with data checksums each block
 * would count as written. Tables that somebody holds, or that are not ours to vacuum, are passed by: they only take a slower way.
 */
async function freezeForBlocks(portal: PortalRef, admin: pg.Client, signal: AbortSignal): Promise<void> {
  if ((await writesBegin(admin)) === null) return
  await withClient(portal.adminUrl, portal.databaseName, (live) =>
    cancellable(live, portal.adminUrl, signal, () => live.query('vacuum (freeze, skip_locked)')),
  )
}

async function checkpointIfAllowed(admin: pg.Client): Promise<void> {
  try {
    await admin.query('checkpoint')
  } catch (error) {
    if (sqlState(error) !== '42501') throw error
  }
}
