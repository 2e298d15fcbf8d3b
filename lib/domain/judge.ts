import type { StepUp } from './actor.ts'
import { isBefore, plusMinutes } from './instants.ts'
import { type StampedEvent, type StampedEventOf, senderId, type TicketContext, type TimerName } from './machine-context.ts'
import { holdExtension } from './policy/r2-retention.ts'
import { r4OwnerOnly } from './policy/r4-owner-only.ts'
import { sameDigest } from './policy/r6-loss.ts'
import { r9Approver, r9Handler } from './policy/r9-four-eyes.ts'
import { r13KnownFactor, r13KnownVoter, r13Method } from './policy/r13-fresh-hands.ts'
import { allow, decide, deny, type Verdict } from './policy/verdict.ts'
import { dueOf, windowLimit } from './timers.ts'

/**
 * What the rules say about an event, from what the ticket itself remembers. The machine's guard asks here, and so does the door,
 * which is how a refusal always has its reason. Rules that need facts from tables are asked by lib/tickets/facts.ts as well.
 */
export function judge(context: TicketContext, event: StampedEvent): Verdict[] {
  switch (event.type) {
    case 'GIVE_CONSENT':
      return [
        ...notFrozen(context),
        beforeEndOf('ownerExpiry', context, event),
        held(context),
        ...ownersYes(context, event),
        windowFits(context, event),
      ]
    case 'REQUEST_UNDO':
      return [...notFrozen(context), undoOpen(context, event), r4(context, event), ...method(context, event)]
    case 'RELEASE_PAUSED':
      return [...notFrozen(context), r4(context, event), undoOpen(context, event), pausedStill(context, event)]
    case 'LEAVE_PAUSED':
      return [r4(context, event), pausedStill(context, event)]
    case 'PAUSED_RELEASED':
    case 'RELEASE_FAILED':
      return [releaseOf(context, event.runId)]
    case 'WITHDRAW_CONSENT':
      return [r4(context, event)]
    case 'APPROVE_RESTORE':
      return [...notFrozen(context), beforeEndOf('approvalDenial', context, event), ...vote(context, event)]
    case 'REJECT_RESTORE':
      return vote(context, event)
    case 'CLAIM_TICKET':
      return [unassigned(context), r9Handler({ ...context, handlerId: senderId(event) }, context.policy)]
    case 'ASSIGN_TICKET':
      return [r9Handler({ ...context, handlerId: event.assigneeId }, context.policy)]
    case 'RECORD_PROOF':
      return [r9Handler({ ...context, handlerId: senderId(event) }, context.policy)]
    case 'CONFIRM_PROOF':
      return [secondAgent(context, event), r9Handler({ ...context, handlerId: senderId(event) }, context.policy)]
    case 'LIFT_FREEZE':
    case 'REJECT_TICKET':
      return [notParty(context, event)]
    case 'EXTEND_HOLD':
      return [notParty(context, event), holdExtension(context.hold, context.policy)]
    case 'PLAN_CHECKED':
      return [newerPlan(context, event)]
    case 'BEGIN_RESTORE':
      return [...notFrozen(context), timerCurrent(context, event), consentStands(context)]
    case 'RETRY_RESTORE':
      return [...notFrozen(context), consentStands(context), beforeEndOf('consentExpiry', context, event)]
    case 'RUN_SUCCEEDED':
    case 'RUN_FAILED':
    case 'RUN_CANCELLED':
    case 'CONSENT_STALE':
    case 'UNDO_SUCCEEDED':
    case 'UNDO_FAILED':
      return [sameRun(context, event.runId)]
    case 'REMIND_OWNER':
    case 'EXPIRE_TICKET':
    case 'ESCALATE_APPROVAL':
    case 'DENY_UNANSWERED':
    case 'EXPIRE_CONSENT':
    case 'WARN_HOLD':
    case 'END_HOLD':
    case 'END_UNDO_WINDOW':
    case 'END_DOWNLOAD':
      return [timerCurrent(context, event)]
    case 'OPEN_TICKET':
    case 'CHECKS_PASSED':
    case 'CHECKS_REFUSED':
    case 'JOIN_TICKET':
    case 'REFRESH_PREVIEW':
    case 'CHOOSE_SNAPSHOT':
    case 'OWNER_CHANGED':
    case 'REPORT_NOT_ME':
    case 'CANCEL_TICKET':
    case 'CHECK_PLAN_AGAIN':
    case 'RELEASE_TICKET':
    case 'REPLY':
    case 'ADD_NOTE':
    case 'CANCEL_RUN':
    case 'CONFIRM_RESTORED':
    case 'OPEN_COMPLAINT':
    case 'RESOLVE_COMPLAINT':
    case 'CLOSE_TICKET':
      return []
  }
}

function ownersYes(context: TicketContext, event: StampedEventOf<'GIVE_CONSENT'>): Verdict[] {
  return [
    r4(context, event),
    sameDigest({ digest: event.digest, currentDigest: context.preview.digest }, context.policy),
    ...method(context, event),
  ]
}

function r4(context: TicketContext, event: StampedEvent): Verdict {
  return r4OwnerOnly({ personId: senderId(event), ownerId: context.ownerId }, context.policy)
}

function method({ proof, scope, policy }: TicketContext, event: StampedEventOf<'GIVE_CONSENT' | 'REQUEST_UNDO'>): Verdict[] {
  const proofConfirmed = proof !== null && proof.confirmedBy !== null
  return [
    r13Method({ method: event.method, scope, proofConfirmed }, policy),
    r13KnownFactor({ stepUp: stepUpOf(event), scope, proofConfirmed, now: event.at }, policy),
  ]
}

function vote(context: TicketContext, event: StampedEventOf<'APPROVE_RESTORE' | 'REJECT_RESTORE'>): Verdict[] {
  const { policy, preview, scope } = context
  return [
    sameDigest({ digest: event.digest, currentDigest: preview.digest }, policy),
    r9Approver({ ...context, approverId: senderId(event), digest: preview.digest }, policy),
    r13Method({ method: event.method, scope, proofConfirmed: false }, policy),
    r13KnownVoter({ stepUp: stepUpOf(event), scope, now: event.at }, policy),
  ]
}

function stepUpOf({ by }: StampedEvent): StepUp | null {
  return by.kind === 'person' ? by.stepUp : null
}

/** S7, S9: while somebody says "this was not me", nothing destructive is agreed or begun. */
function notFrozen({ frozen, policy }: TicketContext): Verdict[] {
  return frozen === null ? [] : [deny('ticket_frozen', null, policy, { since: frozen.since })]
}

/** S25: a snapshot whose hold is over may be gone; another must be chosen first. */
function held({ hold, policy }: TicketContext): Verdict {
  return decide(!hold.ended, 'hold_maximum_reached', 'R2', policy, { until: hold.until })
}

/** I1, I9, S6: the present owner's yes is there and is for the digest the ticket stands on. */
function consentStands({ consent, preview, ownerId, policy }: TicketContext): Verdict {
  const stands = consent !== null && consent.digest === preview.digest && consent.ownerId === ownerId
  return decide(stands, 'consent_missing', 'R4', policy)
}

/** S54: the window starts in the future, is long enough to be of use, and ends before consent or hold do. */
function windowFits(context: TicketContext, event: StampedEventOf<'GIVE_CONSENT'>): Verdict {
  const { policy } = context
  const { window } = event
  if (window.kind === 'now') return allow(null, policy)
  const limit = windowLimit(context, event.at)
  const facts = { at: window.at, until: window.until, limit, minimumMinutes: policy.windowMinimumMinutes }
  if (isBefore(window.at, event.at)) return deny('window_in_past', null, policy, facts)
  if (isBefore(window.until, plusMinutes(window.at, policy.windowMinimumMinutes)))
    return deny('window_too_short', null, policy, facts)
  return decide(!isBefore(limit, window.until), 'window_too_late', null, policy, facts)
}

/** I13, S91: what comes after a deadline is late, also when the timer's own job has not run yet. */
function beforeEndOf(timer: TimerName, context: TicketContext, event: StampedEvent): Verdict {
  const due = dueOf(timer, context)
  return decide(due === null || isBefore(event.at, due), 'too_late', null, context.policy, { due, timer })
}

function undoOpen({ undo, policy }: TicketContext, event: StampedEventOf<'REQUEST_UNDO' | 'RELEASE_PAUSED'>): Verdict {
  const until = undo?.until ?? null
  return decide(until !== null && isBefore(event.at, until), 'undo_window_over', null, policy, { until })
}

/** S69: these very actions came back paused, as many as were shown, and are neither released nor about to be. */
function pausedStill({ paused, policy }: TicketContext, event: StampedEventOf<'RELEASE_PAUSED' | 'LEAVE_PAUSED'>): Verdict {
  const same = paused?.runId === event.runId && (event.type === 'LEAVE_PAUSED' || paused.actions === event.actions)
  const open = paused?.release === 'open' || paused?.release === 'left' || (paused?.release === 'failed' && !paused.unproved)
  return decide(same && open, 'nothing_paused', null, policy, { release: paused?.release ?? null })
}

function releaseOf({ paused, policy }: TicketContext, runId: string): Verdict {
  const current = paused?.release === 'released' ? null : (paused?.runId ?? null)
  return decide(current === runId, 'run_outdated', null, policy, { runId, current })
}

type TimerEvent = Extract<StampedEvent, { timer: TimerName }>

/** A timer whose instant has moved, or that went off before, is outdated; one that rings before its time is not believed (I13). */
function timerCurrent(context: TicketContext, { timer, due, at }: Pick<TimerEvent, 'timer' | 'due' | 'at'>): Verdict {
  const current = dueOf(timer, context)
  const facts = { timer, due, current }
  if (current !== due || context.fired[timer] === due) return deny('timer_outdated', null, context.policy, facts)
  return decide(!isBefore(at, due), 'too_early', null, context.policy, facts)
}

function sameRun({ run, policy }: TicketContext, runId: string): Verdict {
  return decide(run?.runId === runId, 'run_outdated', null, policy, { runId, current: run?.runId ?? null })
}

/** S16: somebody of the vendor who asks for their own portal decides nothing about it. */
function notParty(context: TicketContext, event: StampedEvent): Verdict {
  return r9Handler({ ...context, handlerId: senderId(event), votes: [] }, context.policy)
}

function unassigned({ assigneeId, policy }: TicketContext): Verdict {
  return decide(assigneeId === null, 'already_assigned', null, policy, { assigneeId })
}

function secondAgent({ proof, policy }: TicketContext, event: StampedEventOf<'CONFIRM_PROOF'>): Verdict {
  const ok = proof !== null && proof.proofId === event.proofId && proof.recordedBy !== senderId(event)
  return decide(ok, 'second_agent_needed', 'R13', policy)
}

/** S23: an answer of billing that is older than the one we have changes nothing. */
function newerPlan({ plan, policy }: TicketContext, event: StampedEventOf<'PLAN_CHECKED'>): Verdict {
  const ok = plan === null || !isBefore(event.checkedAt, plan.checkedAt)
  return decide(ok, 'plan_fact_outdated', 'R7', policy, { checkedAt: event.checkedAt, known: plan?.checkedAt ?? null })
}
