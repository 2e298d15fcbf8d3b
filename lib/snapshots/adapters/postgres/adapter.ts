import type { SnapshotAdapter } from '../../port.ts'
import { capture } from './capture.ts'
import { compare } from './compare.ts'
import { countDeletions } from './count-deletions.ts'
import { crossCheck } from './cross-check.ts'
import { extract } from './extract.ts'
import { health } from './health.ts'
import { list } from './list.ts'
import { findPaused, releasePaused } from './paused.ts'
import { onPortalServer } from './place.ts'
import { prune } from './prune.ts'
import { rebaseline } from './rebaseline.ts'
import { recover } from './recover.ts'
import { rehearse } from './rehearse.ts'
import { restore } from './restore.ts'
import { search } from './search.ts'
import { describeSnapshot, verify } from './verify.ts'
import { endBackend, whatBecame } from './what-became.ts'

/** A portal is a PostgreSQL database; a snapshot is a copy of it on the same server that nobody can enter. */
export const postgresAdapter: SnapshotAdapter = {
  name: 'postgres',
  capabilities: {
    capture: true,
    onlineCapture: true,
    compare: true,
    restoreInPlace: true,
    restoreSwap: true,
    undo: true,
    verify: true,
    search: true,
    extract: true,
    putBack: true,
    recycleBin: true,
    files: false,
    anyMoment: false,
    deletionCounts: true,
    releaseOutbound: true,
  },
  capture,
  list,
  placeOf: async () => onPortalServer,
  describe: describeSnapshot,
  compare,
  crossCheck,
  search,
  extract,
  rehearse,
  restore,
  // The way back is an ordinary restore from the safety copy, with a safety copy of its own (S57); of a put-back, its rows are taken out again.
  undo: restore,
  verify,
  prune,
  whatBecame,
  endBackend,
  rebaseline,
  recover,
  health,
  countDeletions,
  findPaused,
  releasePaused,
}
