import type pg from 'pg'
import type { Call, Captured, CaptureRequest, Outcome } from '../../port.ts'
import { withBar } from './bar.ts'
import { sqlState } from './connect.ts'
import { carryDatabaseSettings, createCopy } from './copies.ts'
import type { Marker } from './marker.ts'

/** How a copy came to be; the rest is measured from it. */
export type Copied = Pick<Captured, 'way' | 'physicalBecause' | 'barredMs' | 'sessionsEnded'>

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
  await checkpointIfAllowed(admin)
  await call.observe('capture.bar', { databaseName: portal.databaseName })
  const copied = await withBar<Copied>(
    portal.adminUrl,
    admin,
    portal.databaseName,
    { timeoutMs: barTimeoutMs, signal: call.signal },
    async (barred) => {
      await call.observe('capture.barred', { sessionsEnded: barred.sessionsEnded })
      await call.observe('capture.create', { databaseName: copy.name })
      await createCopy(admin, { ...copy, template: portal.databaseName }, call.signal, portal.adminUrl)
      await barred.lift()
      return {
        ok: true,
        way: 'physical',
        physicalBecause: copy.because,
        barredMs: barred.barredMs(),
        sessionsEnded: barred.sessionsEnded,
      }
    },
  )
  if (!copied.ok) return copied
  await carryDatabaseSettings(admin, portal.databaseName, copy.name)
  await call.observe('capture.created', { barredMs: copied.barredMs })
  return copied
}

async function checkpointIfAllowed(admin: pg.Client): Promise<void> {
  try {
    await admin.query('checkpoint')
  } catch (error) {
    if (sqlState(error) !== '42501') throw error
  }
}
