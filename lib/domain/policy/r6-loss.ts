import type { Scope, VersionedPolicy } from './policy.ts'
import { decide, deny, type Verdict } from './verdict.ts'

export type PreviewFacts = {
  previewId: string
  state: 'computing' | 'ready' | 'refused' | 'failed'
  digest: string | null
  scope: Scope
  snapshotId: string
  purpose: 'restore' | 'undo'
  /** The engine's code where it found that this cannot be done. */
  refusalCode: string | null
}

/** R6: nobody says yes before the loss is known: the preview must be computed, and must not have found that it cannot be done. */
export function r6Loss(input: Pick<PreviewFacts, 'state' | 'refusalCode'>, policy: VersionedPolicy): Verdict {
  if (input.state === 'refused') return deny('preview_refused', 'R6', policy, { engineCode: input.refusalCode })
  return decide(input.state === 'ready', 'preview_not_ready', 'R6', policy, { state: input.state })
}

/** The preview speaks of this very snapshot, scope and direction; a yes to another one moves nowhere (S40, S57). */
export function previewFits(
  input: PreviewFacts,
  wanted: { purpose: 'restore' | 'undo'; scope: Scope; snapshotId: string | null },
  policy: VersionedPolicy,
): Verdict {
  const ok = input.purpose === wanted.purpose && input.scope === wanted.scope && input.snapshotId === wanted.snapshotId
  return decide(ok, 'preview_of_another', 'R6', policy, { scope: input.scope, purpose: input.purpose })
}

/** R6, I9, S82: a yes counts for exactly the preview that the ticket stands on now. */
export function sameDigest(input: { digest: string; currentDigest: string }, policy: VersionedPolicy): Verdict {
  return decide(input.digest === input.currentDigest, 'preview_changed', 'R6', policy, {
    digest: input.digest,
    currentDigest: input.currentDigest,
  })
}
