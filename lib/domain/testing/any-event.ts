import fc from 'fast-check'
import type { EventType, TicketEvent } from '../events.ts'
import type { Instant } from '../instants.ts'
import type { StampedEvent, TicketContext, TicketState, TimerName } from '../machine-context.ts'
import { permissionOf, permissions } from '../permissions.ts'
import type { TicketLife } from '../ticket-life.ts'
import { dueOf } from '../timers.ts'
import { by, ids, part, people, stamp } from './world.ts'

/** One step of a random walk: what is tried, by whom, with which of a few values, and how long after the last. */
export type Attempt = { type: EventType; onward: boolean; who: number; pick: number; hours: number }

/** All that can happen to a ticket once it is there. */
export const eventTypes = Object.keys(permissions).filter(
  (type): type is Exclude<EventType, 'OPEN_TICKET'> => Object.hasOwn(permissions, type) && type !== 'OPEN_TICKET',
)

export const anyAttempt: fc.Arbitrary<Attempt> = fc.record({
  type: fc.constantFrom(...eventTypes),
  onward: fc.boolean(),
  who: fc.nat(6),
  pick: fc.nat(7),
  hours: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 90 }) }),
})

const everybody = Object.values(people)
const digests = ['d1', 'd2']

/** What leads a ticket on from here. Without it most walks would never come to a restore. */
const onwardFrom: Partial<Record<TicketState, EventType>> = {
  submitted: 'CHECKS_PASSED',
  verifyingOwner: 'GIVE_CONSENT',
  checkingPlan: 'PLAN_CHECKED',
  awaitingUpgrade: 'PLAN_CHECKED',
  awaitingApproval: 'APPROVE_RESTORE',
  scheduled: 'BEGIN_RESTORE',
  restoring: 'RUN_SUCCEEDED',
  restored: 'CHOOSE_SNAPSHOT',
  undoing: 'RUN_CANCELLED',
  restoreFailed: 'RETRY_RESTORE',
}

/** The event that an attempt makes of a ticket as it is: mostly plausible, sometimes of an older digest, another run or a wrong person. */
export function attempted({ onward, who, pick, ...attempt }: Attempt, { state, context }: TicketLife, at: Instant): StampedEvent {
  const type = (onward && onwardFrom[state]) || attempt.type
  const event = build(type, pick, context, at)
  const system = permissionOf(type).by.find((party) => ['timer', 'worker', 'billing', 'checks', 'directory'].includes(party))
  // Half of the time those whose yes all hangs on; else anybody at all.
  const usual = type === 'APPROVE_RESTORE' ? people.approver : context.ownerId
  const sender = pick % 2 === 0 ? usual : (everybody[who] ?? usual)
  return stamp(event, system === undefined ? by(sender) : part('worker'), at)
}

function build(type: EventType, pick: number, context: TicketContext, at: Instant): TicketEvent {
  const digest = pick === 7 ? 'old' : context.preview.digest
  const other = { previewId: pick % 2 === 0 ? ids.preview : ids.preview2, digest: digests[pick % 2] ?? 'd1' }
  const runId = pick === 7 ? ids.message : (context.run?.runId ?? ids.run)
  const plan = { plan: 'professional', paid: pick < 6, checkedAt: at }
  const consent = {
    previewId: context.preview.previewId,
    digest,
    method: 'totp',
    typedName: 'Acme',
    shownText: '.',
    locale: 'en',
  } as const
  const failure = { runId, kind: 'error', detail: '' } as const
  const due = (timer: TimerName) => (pick === 7 ? at : (dueOf(timer, context) ?? at))
  const hash = 'a'.repeat(64)
  switch (type) {
    case 'OPEN_TICKET':
    case 'CHECKS_PASSED':
      return { type: 'CHECKS_PASSED' }
    case 'CHECKS_REFUSED':
      return { type, refusal: { code: 'self_hosted', rule: 'R8', policyVersion: 3, facts: {} } }
    case 'GIVE_CONSENT':
      return { type, ...consent, window: { kind: 'now' } }
    case 'REQUEST_UNDO':
      return { type, ...consent, runId: ids.run2 }
    case 'REFRESH_PREVIEW':
      return { type, ...other }
    case 'CHOOSE_SNAPSHOT':
      return { type, ...other, snapshot: { id: pick % 3 === 0 ? ids.snapshot : ids.snapshot2, completedAt: at } }
    case 'RECORD_PROOF':
      return { type, proofId: ids.proof, kind: 'register', evidenceSha256: hash }
    case 'CONFIRM_PROOF':
      return { type, proofId: ids.proof }
    case 'OWNER_CHANGED':
      return { type, ownerId: pick % 2 === 0 ? people.newOwner : people.owner, since: at }
    case 'PLAN_CHECKED':
      return { type, ...plan }
    case 'APPROVE_RESTORE':
      return { type, digest, method: 'totp' }
    case 'REJECT_RESTORE':
      return { type, digest, method: 'totp', reason: '-' }
    case 'ASSIGN_TICKET':
      return { type, assigneeId: pick % 2 === 0 ? people.agent : people.approver }
    case 'REPLY':
    case 'ADD_NOTE':
      return { type, messageId: ids.message, bodySha256: hash }
    case 'BEGIN_RESTORE':
      return {
        type,
        timer: 'windowOpens',
        due: due('windowOpens'),
        runId: ids.run,
        ...plan,
        approverIds: pick > 4 ? [people.approver2] : [people.approver, people.approver2],
      }
    case 'CONSENT_STALE':
      return { type, runId, ...other }
    case 'RUN_SUCCEEDED':
      return { type, runId, safetySnapshotId: ids.safety, paused: pick % 2 === 0 ? 3 : 0 }
    case 'UNDO_SUCCEEDED':
    case 'RUN_CANCELLED':
      return { type, runId }
    case 'RUN_FAILED':
    case 'UNDO_FAILED':
      return { type, ...failure }
    case 'REMIND_OWNER':
      return { type, timer: 'ownerReminder1', due: due('ownerReminder1') }
    case 'EXPIRE_TICKET':
      return { type, timer: 'ownerExpiry', due: due('ownerExpiry') }
    case 'ESCALATE_APPROVAL':
      return { type, timer: 'approvalEscalation', due: due('approvalEscalation') }
    case 'DENY_UNANSWERED':
      return { type, timer: 'approvalDenial', due: due('approvalDenial') }
    case 'EXPIRE_CONSENT':
      return { type, timer: 'consentExpiry', due: due('consentExpiry') }
    case 'WARN_HOLD':
      return { type, timer: 'holdWarning24', due: due('holdWarning24') }
    case 'END_HOLD':
      return { type, timer: 'holdEnd', due: due('holdEnd') }
    case 'END_UNDO_WINDOW':
      return { type, timer: 'undoEnd', due: due('undoEnd') }
    case 'END_DOWNLOAD':
      return { type, timer: 'filesEnd', due: due('filesEnd') }
    case 'LIFT_FREEZE':
    case 'REJECT_TICKET':
    case 'EXTEND_HOLD':
    case 'OPEN_COMPLAINT':
    case 'RESOLVE_COMPLAINT':
      return { type, reason: '-' }
    case 'RELEASE_PAUSED':
      return { type, runId: context.paused?.runId ?? ids.run, actions: pick === 7 ? 99 : (context.paused?.actions ?? 3) }
    case 'LEAVE_PAUSED':
      return { type, runId: context.paused?.runId ?? ids.run }
    case 'PAUSED_RELEASED':
      return { type, runId: pick === 7 ? ids.message : (context.paused?.runId ?? ids.run), released: 2, changed: 1, gone: 0 }
    case 'RELEASE_FAILED':
      return { type, runId: context.paused?.runId ?? ids.run, detail: '', unproved: pick === 3 }
    case 'JOIN_TICKET':
    case 'WITHDRAW_CONSENT':
    case 'REPORT_NOT_ME':
    case 'CANCEL_TICKET':
    case 'CHECK_PLAN_AGAIN':
    case 'CLAIM_TICKET':
    case 'RELEASE_TICKET':
    case 'CANCEL_RUN':
    case 'RETRY_RESTORE':
    case 'CONFIRM_RESTORED':
    case 'CLOSE_TICKET':
      return { type }
  }
}
