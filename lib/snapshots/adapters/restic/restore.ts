import type { Call, Outcome, Rehearsed, Restored, RestoreRequest } from '../../port.ts'
import { rehearse as rehearseOnServer } from '../postgres/rehearse.ts'
import { restore as restoreOnServer } from '../postgres/restore.ts'
import { withOpened } from './open-archive.ts'
import type { FindRepository } from './repository.ts'

/**
 * The postgres adapter's restore, from the archive loaded beside the portal: in place by the same engine and the same one transaction, or by swap, where
 * what takes the portal's place is a clone of the loaded archive. Loading takes its time before anything of the portal is locked.
 */
export function restoreWith(find: FindRepository) {
  return (request: RestoreRequest, call: Call): Promise<Outcome<Restored>> =>
    fromOpened(find, request, call, (opened) => restoreOnServer(opened, call))
}

/** A run rehearses on its safety copy, which is on the server; a drill on the newest point, which is an archive too. */
export function rehearseWith(find: FindRepository) {
  return async (request: RestoreRequest, call: Call): Promise<Outcome<Rehearsed>> => {
    const { portal, safety } = request
    const done = await withOpened(find, portal, safety, call.signal, (opened) =>
      fromOpened(find, { ...request, safety: opened }, call, (both) => rehearseOnServer(both, call)),
    )
    if (done.ok) return done.value
    if (done.refusal.code !== 'snapshot_missing') return done
    return { ok: false, refusal: { code: 'safety_copy_missing', facts: { databaseName: safety.databaseName } } }
  }
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
