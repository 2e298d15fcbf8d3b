import type { Side } from '#lib/difference/side.ts'
import type { Call, Outcome, Rehearsed, Restored, RestoreRequest, RestoreTrace } from '../../port.ts'
import { withSides } from '../postgres/sides.ts'
import { asOutcome, foundRemote, journalName, resultOf, runSteered } from './call-remote.ts'
import { type Ended, mustStand, unproved } from './follow.ts'
import { RemoteProblem } from './problem.ts'
import { type Asked, results, sentPortal } from './protocol.ts'
import {
  differingTables,
  expectedOf,
  fingerprint,
  holdInstant,
  type LastInstant,
  type ProvableScope,
  provableScope,
  unprovable,
} from './prove.ts'
import type { FindRemote, Remote } from './remote.ts'

/**
 * The remote restores; the desk watches, is asked before the commit, and believes nothing: what was restored is what it then reads in the portal itself,
 * held against what was sealed when the snapshot was made (S119). Never "restored" on the remote's word alone.
 */
export function restoreWith(find: FindRemote, kind: 'restore' | 'undo') {
  return (request: RestoreRequest, call: Call): Promise<Outcome<Restored>> =>
    asOutcome(async () => {
      const remote = foundRemote(find)
      const scope = provableScope(request.portal, request.scope)
      const { adminUrl, databaseName } = request.portal
      return withSides(adminUrl, [{ databaseName }, { databaseName }], (live, before) =>
        restoreAndProve(remote, { live, before }, { ...request, kind, scope }, call),
      )
    })
}

export function rehearseWith(find: FindRemote) {
  return (request: RestoreRequest, call: Call): Promise<Outcome<Rehearsed>> =>
    asOutcome(async () => {
      const remote = foundRemote(find)
      const scope = provableScope(request.portal, request.scope)
      const body = bodyOf({ ...request, kind: 'rehearsal', scope })
      const { ended } = await runSteered(remote, '/restores', body, call)
      return { ok: true, offlineMs: 0, ...resultOf(ended, results.rehearsal) }
    })
}

type Asks = RestoreRequest & { kind: Asked<'restore'>['kind']; scope: ProvableScope }

type Eyes = { live: Side; before: Side }

async function restoreAndProve(remote: Remote, { live, before }: Eyes, request: Asks, call: Call): Promise<Outcome<Restored>> {
  const { portal, scope, limits } = request
  const expected = await expectedOf(live, portal, request.snapshot, scope)
  let trace: RestoreTrace | null = null
  let operationId = ''
  let last: LastInstant | null = null
  const { ended } = await runSteered(remote, '/restores', bodyOf(request), call, {
    lockHeldMs: limits.lockHeldMs,
    onStart: ({ id }) => {
      operationId = id
    },
    observe: async (boundary, detail) => {
      if (boundary !== 'restore.begin') return call.observe(boundary, detail)
      trace = { way: 'remote', xid: operationId, pid: 0, backendStart: '', scope, expected: fingerprint(expected) }
      return call.observe(boundary, trace)
    },
    mayCommit: async () => {
      last = await holdInstant(before)
      return call.mayCommit()
    },
  })
  const told = await toldBy(ended, async () => differingTables(live, portal, scope, expected, last))
  await mustStand(remote, ended)
  return { ok: true, ...told, trace, replaced: null, offlineMs: 0 }
}

type Told = Pick<Restored, 'total' | 'tables' | 'writePauseMs' | 'edges' | 'sequences' | 'notes'>

/** What it says it did, once the portal shows it. A no after it was allowed to commit is believed only while the portal does not show the opposite. */
async function toldBy(ended: Ended, differing: () => Promise<string[]>): Promise<Told> {
  const { asked, operation } = ended
  if (operation.outcome !== 'done') {
    const shown = asked === true && (await differing()).length === 0
    if (shown) throw unproved(`it says ${operation.outcome}, and the portal shows that it restored`)
    return resultOf(ended, results.restore)
  }
  if (asked === false) throw unproved('it was told not to commit, and says that it is done')
  const told = readTold(ended)
  const { missing, newer, changed } = told.total
  if (asked === null && missing + newer + changed > 0) throw unproved('it committed without asking whether it may')
  const tables = await differing()
  if (tables.length > 0) throw unproved('it says restored, and the portal does not show it', { tables })
  return told
}

/** It may have committed already: that its report cannot be read is no word on what became of the portal. */
function readTold(ended: Ended): Told {
  try {
    return resultOf(ended, results.restore)
  } catch (cause) {
    throw cause instanceof RemoteProblem ? unproved(cause.message) : cause
  }
}

function bodyOf(request: Asks) {
  const { kind, portal, snapshot, safety, scope, way, edgeHandling, consented, limits } = request
  if (way !== 'in_place') throw unprovable('whole databases do not change places through a remote')
  const named = ({ id, databaseName }: RestoreRequest['snapshot']) => ({ id, databaseName })
  return {
    kind,
    portal: sentPortal(portal),
    snapshot: named(snapshot),
    safety: named(safety),
    scope,
    way,
    edgeHandling,
    consented: { ...consented, wiped: Buffer.from(consented.wiped).toString('base64') },
    journal: journalName(request.journalDirectory),
    giveBackFrom: request.giveBackFrom === null ? null : journalName(request.giveBackFrom),
    limits,
  }
}
