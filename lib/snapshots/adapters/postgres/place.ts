import type { Place } from '../../port.ts'

/** A copy is a database of the very server that holds the portal. */
export const onPortalServer: Place = { kind: 'portal_server', name: null, stands: 'with_server' }
