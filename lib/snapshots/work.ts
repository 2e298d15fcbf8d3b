import type { LeaseTimes } from './lease.ts'
import type { Boundary, Facts } from './port.ts'

/** Boundaries of the catalogue's own bookkeeping, beside the adapter's. */
export type CatalogueBoundary = Boundary | 'capture.written' | 'capture.finishing' | 'prune.decided' | 'prune.dropped'

/** Who works, and how it is watched and stopped. */
export type Work = {
  workerId: string
  signal: AbortSignal
  observe: (boundary: CatalogueBoundary, detail?: Facts) => Promise<void>
  leaseTimes?: LeaseTimes
}
