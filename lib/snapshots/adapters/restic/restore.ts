import { AdapterRefused, type Call, type Outcome, type Rehearsed, type Restored, type RestoreRequest } from '../../port.ts'
import { rehearse as rehearseOnServer } from '../postgres/rehearse.ts'
import { restore as restoreOnServer } from '../postgres/restore.ts'
import { findMovingFiles } from './files/find-moving-files.ts'
import { rehearseFiles } from './files/rehearse-files.ts'
import { restoreWithFiles, rowsOf } from './files/restore-files.ts'
import { refusingProblems, withOpened } from './open-archive.ts'
import type { FindRepository } from './repository.ts'

/**
 * The postgres adapter's restore, from the archive loaded beside the portal: in place by the same engine and the same one transaction, or by swap, where
 * what takes the portal's place is a clone of the loaded archive. Loading takes its time before anything of the portal is locked. With the scope `full` the
 * portal's files go along.
 */
export function restoreWith(find: FindRepository, ownFolders: () => string[]) {
  return (request: RestoreRequest, call: Call): Promise<Outcome<Restored>> =>
    answering(request, async () => {
      const restoreRows = (rows: RestoreRequest, watched: Call) =>
        fromOpened(find, rows, watched, (opened) => restoreOnServer(opened, watched))
      const moving = await findMovingFiles(find, request, ownFolders(), call.signal)
      return moving ? restoreWithFiles(moving, request, call, restoreRows) : restoreRows(await rowsOf(request), call)
    })
}

/**
 * A run rehearses on its safety copy, which is on the server; a drill on the newest point, which is an archive too. Files are made beside the portal's, and go
 * again.
 */
export function rehearseWith(find: FindRepository, ownFolders: () => string[]) {
  return (request: RestoreRequest, call: Call): Promise<Outcome<Rehearsed>> =>
    answering(request, async () => {
      const moving = await findMovingFiles(find, request, ownFolders(), call.signal)
      const noRoom = moving && (await rehearseFiles(moving, request, call))
      return noRoom ? { ok: false, refusal: noRoom } : rehearseRows(find, await rowsOf(request), call)
    })
}

async function rehearseRows(find: FindRepository, request: RestoreRequest, call: Call): Promise<Outcome<Rehearsed>> {
  const { portal, safety } = request
  const done = await withOpened(find, portal, safety, call.signal, (opened) =>
    fromOpened(find, { ...request, safety: opened }, call, (both) => rehearseOnServer(both, call)),
  )
  if (done.ok) return done.value
  if (done.refusal.code !== 'snapshot_missing') return done
  return { ok: false, refusal: { code: 'safety_copy_missing', facts: { databaseName: safety.databaseName } } }
}

async function fromOpened<T>(
  find: FindRepository,
  request: RestoreRequest,
  call: Call,
  use: (request: RestoreRequest) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  const done = await withOpened(find, request.portal, request.snapshot, call.signal, (snapshot) => use({ ...request, snapshot }))
  return done.ok ? done.value : done
}

/** What refuses in the middle of the work is an answer, and so is a repository that cannot be read. */
async function answering<T>({ snapshot }: RestoreRequest, work: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
  try {
    const done = await refusingProblems(snapshot.id, async () => ({ ok: true, value: await work() }))
    return done.ok ? done.value : done
  } catch (error) {
    if (error instanceof AdapterRefused) return { ok: false, refusal: error.refusal }
    throw error
  }
}
