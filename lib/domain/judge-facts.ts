import type { Instant } from './instants.ts'
import type { StampedEvent, TicketContext, TicketState } from './machine-context.ts'
import { type PortalFacts, portalStatus } from './policy/portal-status.ts'
import { r2Retention, type SnapshotFacts } from './policy/r2-retention.ts'
import { r4OwnerOnly, typedName } from './policy/r4-owner-only.ts'
import { type PreviewFacts, previewFits, r6Loss, sameDigest } from './policy/r6-loss.ts'
import { r10OneAtATime } from './policy/r10-one-at-a-time.ts'
import { decide, deny, type Verdict } from './policy/verdict.ts'

/** What stands in tables about a ticket at the moment of deciding, read under its lock. */
export type TicketFacts = {
  portal: PortalFacts & { name: string }
  /** The portal's owner by the directory, which the ticket may not have heard of yet. */
  ownerId: string | null
  /** Number of another live ticket of the same portal (R10). */
  otherLiveNumber: number | null
  /** When the ticket's live run committed: from then on it cannot be stopped, only undone (S13, S60). */
  runCommittedAt: Instant | null
  /** The preview and the snapshot that the event names, or null where there is none such in this portal. */
  preview: PreviewFacts | null
  snapshot: SnapshotFacts | null
}

/** What the rules say about an event from facts of the tables; judge.ts is the other half. */
export function judgeFacts(
  life: { state: TicketState; context: TicketContext },
  event: StampedEvent,
  facts: TicketFacts,
): Verdict[] {
  const { context } = life
  const { policy, scope } = context
  switch (event.type) {
    case 'GIVE_CONSENT':
      return [
        portalStatus(facts.portal, policy),
        currentOwner(context, facts),
        typedName({ typed: event.typedName, portalName: facts.portal.name }, policy),
        ...preview(context, event, facts, { purpose: 'restore', snapshotId: context.snapshot.id }),
      ]
    case 'REQUEST_UNDO':
      return [
        portalStatus(facts.portal, policy),
        currentOwner(context, facts),
        typedName({ typed: event.typedName, portalName: facts.portal.name }, policy),
        r10OneAtATime({ other: facts.otherLiveNumber }, policy),
        ...preview(context, event, facts, { purpose: 'undo', snapshotId: context.undo?.safetySnapshotId ?? null }),
      ]
    case 'REFRESH_PREVIEW':
      return preview(context, event, facts, { purpose: 'restore', snapshotId: context.snapshot.id })
    case 'CHOOSE_SNAPSHOT': {
      const held = event.snapshot.id === context.snapshot.id && !context.hold.ended
      return [
        facts.snapshot === null
          ? deny('not_found', null, policy)
          : r2Retention({ ...facts.snapshot, held, now: event.at }, policy),
        // Another try after a restore makes the ticket a live one again.
        ...(life.state === 'restored' ? [r10OneAtATime({ other: facts.otherLiveNumber }, policy)] : []),
        ...preview(context, event, facts, { purpose: 'restore', snapshotId: event.snapshot.id }),
      ]
    }
    case 'CANCEL_RUN':
    case 'WITHDRAW_CONSENT':
      return [decide(facts.runCommittedAt === null, 'past_commit', null, policy, { committedAt: facts.runCommittedAt, scope })]
    case 'RELEASE_PAUSED':
    case 'APPROVE_RESTORE':
      return [portalStatus(facts.portal, policy), currentOwner(context, facts)]
    case 'BEGIN_RESTORE':
      return [
        portalStatus(facts.portal, policy),
        currentOwner(context, facts),
        r10OneAtATime({ other: facts.otherLiveNumber }, policy),
      ]
    default:
      return []
  }
}

/** S6: the ticket's owner is still the portal's. */
function currentOwner({ ownerId, policy }: TicketContext, facts: TicketFacts): Verdict {
  return r4OwnerOnly({ personId: ownerId, ownerId: facts.ownerId }, policy)
}

function preview(
  { policy, scope }: TicketContext,
  event: { digest: string },
  facts: TicketFacts,
  wanted: { purpose: 'restore' | 'undo'; snapshotId: string | null },
): Verdict[] {
  if (facts.preview === null) return [deny('not_found', 'R6', policy)]
  return [
    r6Loss(facts.preview, policy),
    previewFits(facts.preview, { ...wanted, scope }, policy),
    sameDigest({ digest: event.digest, currentDigest: facts.preview.digest ?? '' }, policy),
  ]
}
