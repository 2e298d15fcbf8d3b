import { putBack } from '#lib/difference/put-back.ts'
import { type Applying, type RestoreOutcome, restoreInPlace } from '#lib/difference/restore.ts'
import { undoPutBack } from '#lib/difference/undo-put-back.ts'
import { unpackWipedSet } from '#lib/difference/wiped-set.ts'
import type { RestoreRequest } from '../../port.ts'
import { baselineOf } from './baseline.ts'
import { edgePolicies, scopeOf } from './sides.ts'

/** What the request asks of the engine, with its consent: a restore in place, a put-back, or the undo of one. */
export function apply(request: RestoreRequest, order: Applying): Promise<RestoreOutcome> {
  const { consented, snapshot, giveBackFrom } = request
  return choose(request, order, {
    baseline: baselineOf(snapshot),
    consented: unpackWipedSet(consented.wiped),
    toleranceRows: consented.toleranceRows,
    ...(giveBackFrom === null ? {} : { giveBackFrom }),
  })
}

/** The same on a scratch copy, where nobody loses anything and nobody need consent. */
export function applyForRehearsal(request: RestoreRequest, order: Applying): Promise<RestoreOutcome> {
  return choose(request, order, { consented: null, toleranceRows: 0 })
}

type Terms = Pick<Parameters<typeof restoreInPlace>[0], 'baseline' | 'consented' | 'toleranceRows' | 'giveBackFrom'>

function choose(request: RestoreRequest, order: Applying, terms: Terms): Promise<RestoreOutcome> {
  const scope = scopeOf(request.portal, request.scope)
  const asked = request.putBack
  if ((request.scope === 'put_back') !== (asked !== undefined))
    throw new Error('A put-back names its records, and nothing else does')
  if (asked === undefined) return restoreInPlace({ ...order, ...terms, scope, edges: edgePolicies(request.edgeHandling) })
  const { baseline, consented } = terms
  const { leaveOutConflicts } = asked
  if ('undoOf' in asked)
    return undoPutBack({ ...order, undoOf: asked.undoOf, protection: scope.protection, leaveOutConflicts, consented })
  return putBack({ ...order, baseline: baseline ?? null, scope, records: asked.records, leaveOutConflicts, consented })
}
