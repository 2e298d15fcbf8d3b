import type { Capabilities, SnapshotAdapter } from '../../port.ts'
import { countDeletions } from '../postgres/count-deletions.ts'
import { captureWith } from './capture.ts'
import { compareWith, crossCheck } from './compare.ts'
import { extractWith } from './extract.ts'
import { healthWith } from './health.ts'
import { momentsWith } from './moments.ts'
import { mayOffer } from './offers.ts'
import { placeWith } from './place.ts'
import { recoverWith } from './recover.ts'
import type { FindRemote } from './remote.ts'
import { rehearseWith, restoreWith } from './restore.ts'
import { describeWith, listWith, pruneWith, verifyWith } from './snapshots.ts'
import { whatBecameWith } from './what-became.ts'

const declared: Omit<Capabilities, 'extract' | 'anyMoment'> = {
  capture: true,
  onlineCapture: true,
  compare: true,
  restoreInPlace: true,
  restoreSwap: false,
  undo: true,
  verify: true,
  search: false,
  putBack: false,
  recycleBin: false,
  files: false,
  deletionCounts: true,
  releaseOutbound: false,
}

/**
 * A portal is a PostgreSQL database that the desk can read; its snapshots are kept, compared and restored by a system of the vendor's own, spoken to by
 * the protocol of `protocol.ts`. What that system says it restored, the desk proves by reading the portal.
 */
export function httpAdapter(find: FindRemote): SnapshotAdapter {
  return {
    name: 'http',
    // A remote of before may hand out no rows, and few can go back to any moment.
    get capabilities() {
      return { ...declared, extract: mayOffer(find, 'extract'), anyMoment: mayOffer(find, 'moments') }
    },
    capture: captureWith(find),
    list: listWith(find),
    placeOf: placeWith(find),
    describe: describeWith(find),
    compare: compareWith(find),
    crossCheck,
    rehearse: rehearseWith(find),
    restore: restoreWith(find, 'restore'),
    undo: restoreWith(find, 'undo'),
    search: async () => {
      throw new Error('the http adapter does not search')
    },
    extract: extractWith(find),
    verify: verifyWith(find),
    prune: pruneWith(find),
    // The portal itself is read by the desk: its own statistics tell.
    countDeletions,
    moments: momentsWith(find),
    whatBecame: whatBecameWith(find),
    // Whoever works in the portal is the remote's; it is ended by cancelling its operation, which `whatBecame` does.
    endBackend: async () => false,
    recover: recoverWith(find),
    health: healthWith(find),
  }
}
