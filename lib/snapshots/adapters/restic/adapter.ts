import type { SnapshotAdapter } from '../../port.ts'
import { countDeletions } from '../postgres/count-deletions.ts'
import { releasePaused } from '../postgres/paused.ts'
import { endBackend, whatBecame } from '../postgres/what-became.ts'
import { captureWith } from './capture.ts'
import { compareWith, crossCheckWith } from './compare.ts'
import { extractWith } from './extract.ts'
import { readLostFilesWith } from './files/lost-files.ts'
import { healthWith } from './health.ts'
import { listWith } from './list.ts'
import { findPausedWith } from './paused.ts'
import { placeWith } from './place.ts'
import { pruneWith } from './prune.ts'
import { recoverWith } from './recover.ts'
import type { FindRepository } from './repository.ts'
import { rehearseWith, restoreWith } from './restore.ts'
import { searchWith } from './search.ts'
import { describeWith, verifyWith } from './verify.ts'

/**
 * A portal is a PostgreSQL database; a snapshot is an archive of it in an encrypted restic repository, wherever that is. To be compared with or
 * restored from, it is loaded beside the portal into a database that nobody can enter, and then all is as with the postgres adapter. The portal's files lie with
 * it and go back in step with the rows. `ownFolders` are the desk's, which must not lie among them.
 */
export function resticAdapter(find: FindRepository, ownFolders: () => string[] = () => []): SnapshotAdapter {
  return {
    name: 'restic',
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
      files: true,
      anyMoment: false,
      deletionCounts: true,
      releaseOutbound: true,
    },
    capture: captureWith(find),
    list: listWith(find),
    placeOf: placeWith(find),
    describe: describeWith(find),
    compare: compareWith(find),
    crossCheck: crossCheckWith(),
    rehearse: rehearseWith(find, ownFolders),
    restore: restoreWith(find, ownFolders),
    // The way back is an ordinary restore from the safety copy (S57).
    undo: restoreWith(find, ownFolders),
    search: searchWith(find),
    extract: extractWith(find),
    verify: verifyWith(find),
    prune: pruneWith(find),
    // The portal itself is the same kind of database: its own statistics tell.
    countDeletions,
    readLostFiles: readLostFilesWith(find),
    findPaused: findPausedWith(find),
    releasePaused,
    whatBecame,
    endBackend,
    recover: recoverWith(find),
    health: healthWith(find, ownFolders),
  }
}
