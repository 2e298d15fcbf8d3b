import type { Place } from '../../port.ts'
import type { FindRemote } from './remote.ts'

/**
 * Which system keeps the copies is known, where that one puts them is not: the reference server answers from wherever it is started and keeps them on the
 * portal's own server. So its address proves nothing (R14).
 */
export function placeWith(find: FindRemote) {
  return async (): Promise<Place> => {
    const remote = find()
    return { kind: 'remote', name: remote && new URL(remote.url).hostname, stands: 'unknown' }
  }
}
