import type { StepUp } from './actor.ts'
import type { ConsentMethod, EventType, TicketEvent } from './events.ts'
import type { Instant } from './instants.ts'
import { judge } from './judge.ts'
import { judgeFacts, type TicketFacts } from './judge-facts.ts'
import type { PausedActions, StampedEvent, TicketContext } from './machine-context.ts'
import { isPermitted, type Party, permissionOf, permissions } from './permissions.ts'
import { r13FreshHands } from './policy/r13-fresh-hands.ts'
import { firstRefusal } from './policy/verdict.ts'
import type { Refusal } from './refusal.ts'
import { accepts, proceed, type TicketLife } from './ticket-life.ts'

/** What a person is to a ticket, how lately they proved themselves, and since when they have an authenticator to do so with. */
export type Standing = {
  userId: string
  parties: ReadonlySet<Party>
  stepUp: StepUp | null
  authenticatorSince: Instant | null
}

/** A button: what may be sent now, whether a second step must come first, or why not. */
export type Offer =
  | { event: EventType; allowed: true; stepUp: 'none' | 'fresh' | 'needed' }
  | { event: EventType; allowed: false; refusal: Refusal }

export type TicketView = { life: TicketLife; facts: Omit<TicketFacts, 'preview' | 'snapshot'> }

/**
 * The events that this person may send to this ticket now, in the order of the table: buttons are made from it, and the door
 * decides by the same rules. What is none of their business, or nothing this state knows, is left out; what a rule forbids is
 * there with its reason. What depends on what is still to be typed or chosen is judged when it is sent.
 */
export function mayNow({ life, facts }: TicketView, standing: Standing, now: Instant): Offer[] {
  return eventTypes
    .filter((type) => accepts(life.state, type) && isPermitted(type, standing.parties))
    .flatMap((type) => {
      const event = likely(type, life.context, standing, now)
      return event === null ? [] : offer(type, event, { life, facts }, standing, now)
    })
}

const eventTypes = Object.keys(permissions).filter((type): type is EventType => Object.hasOwn(permissions, type))

function offer(type: EventType, event: StampedEvent, { life, facts }: TicketView, standing: Standing, now: Instant): Offer[] {
  const known = judgeFacts(life, event, { ...facts, preview: null, snapshot: null }).filter(({ code }) => !dependsOnInput(code))
  const refusal = firstRefusal([...judge(life.context, event), ...known])
  if (refusal !== null) return [{ event: type, allowed: false, refusal }]
  // What the state would not take in spite of all rules is no button: nothing could be said about it.
  if (proceed(life, event) === null) return []
  return [{ event: type, allowed: true, stepUp: stepUpFor(type, life.context, standing, now) }]
}

function dependsOnInput(code: string | null): boolean {
  return code === 'not_found' || code === 'typed_name_differs'
}

function stepUpFor(type: EventType, context: TicketContext, { stepUp }: Standing, now: Instant): 'none' | 'fresh' | 'needed' {
  if (!permissionOf(type).freshStep) return 'none'
  if (provedByDesk(type, context)) return 'fresh'
  return stepUp !== null && isEnough(stepUp, type, context, now) ? 'fresh' : 'needed'
}

/** A proof that two agents recorded stands in for the owner's second step, never for the consent itself. */
function provedByDesk(type: EventType, { proof }: TicketContext): boolean {
  return (type === 'GIVE_CONSENT' || type === 'REQUEST_UNDO') && proof !== null && proof.confirmedBy !== null
}

function isEnough(stepUp: StepUp, type: EventType, { scope, policy }: TicketContext, now: Instant): boolean {
  if (!r13FreshHands({ stepUp, now }, policy).allowed) return false
  return type === 'LIFT_FREEZE' || stepUp.method !== 'mail_code' || policy.mailCodeEnoughFor.includes(scope)
}

/** The event as this person would most likely send it; null where a part of the system sends it. Ids that are still to be made are blank. */
function likely(type: EventType, context: TicketContext, standing: Standing, now: Instant): StampedEvent | null {
  const event = likelyEvent(type, context, standing)
  if (event === null) return null
  const stepUp = likelyStep(type, context, standing, now)
  return { ...event, at: now, by: { kind: 'person', userId: standing.userId, deskRoles: [], stepUp } }
}

/** A second step that is still to be taken will be one of the authenticator they have: what refuses it is said before they try (S7). */
function likelyStep(
  type: EventType,
  context: TicketContext,
  { stepUp, authenticatorSince }: Standing,
  now: Instant,
): StepUp | null {
  if (stepUp !== null && isEnough(stepUp, type, context, now)) return stepUp
  return authenticatorSince === null ? null : { method: 'totp', at: now, enrolledAt: authenticatorSince }
}

/** Released, about to be, or in a way that nobody can be sure of. */
const isDecided = ({ release, unproved }: PausedActions) => release === 'asked' || release === 'released' || unproved

const blankHash = '0'.repeat(64)
const blankId = '00000000-0000-4000-8000-000000000000'

function likelyEvent(type: EventType, context: TicketContext, standing: Standing): TicketEvent | null {
  const { preview, snapshot, proof } = context
  // A second step that is still to be taken will be a good one.
  const method = 'totp'
  const consent = {
    ...preview,
    method: (provedByDesk(type, context) ? 'recorded_proof' : method) satisfies ConsentMethod,
    typedName: '',
    shownText: '',
    locale: 'en',
  } as const
  switch (type) {
    case 'GIVE_CONSENT':
      return { type, ...consent, window: { kind: 'now' } }
    case 'REQUEST_UNDO':
      return { type, ...consent, runId: blankId }
    case 'RELEASE_PAUSED':
      return context.paused === null || isDecided(context.paused)
        ? null
        : { type, runId: context.paused.runId, actions: context.paused.actions }
    case 'LEAVE_PAUSED':
      return context.paused === null || isDecided(context.paused) || context.paused.release === 'left'
        ? null
        : { type, runId: context.paused.runId }
    case 'REFRESH_PREVIEW':
      return { type, ...preview }
    case 'CHOOSE_SNAPSHOT':
      return { type, ...preview, snapshot }
    case 'RECORD_PROOF':
      return { type, proofId: blankId, kind: '-', evidenceSha256: blankHash }
    case 'CONFIRM_PROOF':
      return proof === null || proof.confirmedBy !== null ? null : { type, proofId: proof.proofId }
    case 'APPROVE_RESTORE':
      return { type, digest: preview.digest, method }
    case 'REJECT_RESTORE':
      return { type, digest: preview.digest, method, reason: '-' }
    case 'ASSIGN_TICKET':
      return { type, assigneeId: blankId }
    case 'REPLY':
    case 'ADD_NOTE':
      return { type, messageId: blankId, bodySha256: blankHash }
    case 'LIFT_FREEZE':
    case 'REJECT_TICKET':
    case 'EXTEND_HOLD':
    case 'OPEN_COMPLAINT':
    case 'RESOLVE_COMPLAINT':
      return { type, reason: '-' }
    case 'JOIN_TICKET':
      // Whoever asked is in it already.
      return standing.parties.has('requester') || standing.parties.has('owner') || standing.parties.has('watcher')
        ? null
        : { type }
    case 'CLAIM_TICKET':
      return context.assigneeId === standing.userId ? null : { type }
    case 'RELEASE_TICKET':
      return context.assigneeId === null ? null : { type }
    case 'WITHDRAW_CONSENT':
    case 'REPORT_NOT_ME':
    case 'CANCEL_TICKET':
    case 'CHECK_PLAN_AGAIN':
    case 'CANCEL_RUN':
    case 'RETRY_RESTORE':
    case 'CONFIRM_RESTORED':
    case 'CLOSE_TICKET':
      return { type }
    default:
      return null
  }
}
