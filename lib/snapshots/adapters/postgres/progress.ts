import type { BoundaryDetail } from '#lib/difference/observe.ts'
import type { Facts } from '../../port.ts'

/** The engine's progress as plain facts of the port. */
export function progressOf(detail: BoundaryDetail | undefined): Facts {
  return {
    ...(detail?.table === undefined ? {} : { table: detail.table }),
    ...(detail?.done === undefined ? {} : { done: detail.done }),
    ...(detail?.total === undefined ? {} : { total: detail.total }),
    ...(detail?.rows === undefined ? {} : { rows: detail.rows }),
    ...(detail?.blockers === undefined ? {} : { blockers: [...detail.blockers] }),
  }
}
