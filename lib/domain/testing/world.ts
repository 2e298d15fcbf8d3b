import type { LoggedActor, SystemPart } from '../actor.ts'
import type { EventOf, TicketEvent } from '../events.ts'
import { plusHours } from '../instants.ts'
import type { StampedEvent, StampedEventOf, TicketContext, TicketState } from '../machine-context.ts'
import { defaultPolicy, type VersionedPolicy } from '../policy/policy.ts'
import { begin, proceed, type Step, type TicketLife } from '../ticket-life.ts'

// People and things of the domain's tests, and the way of a ticket through its states.

const uuid = (n: number): string => `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`

export const people = {
  owner: uuid(1),
  requester: uuid(2),
  agent: uuid(3),
  agent2: uuid(4),
  approver: uuid(5),
  approver2: uuid(6),
  newOwner: uuid(7),
}
export const ids = {
  portal: uuid(16),
  snapshot: uuid(17),
  snapshot2: uuid(18),
  preview: uuid(19),
  preview2: uuid(20),
  run: uuid(21),
  run2: uuid(22),
  safety: uuid(23),
  proof: uuid(24),
  message: uuid(25),
}
export const t0 = '2026-11-25T09:00:00.000Z'
export const hoursLater = (hours: number) => plusHours(t0, hours)
export const policy: VersionedPolicy = { ...defaultPolicy, version: 3 }

export const by = (userId: string): LoggedActor => ({ kind: 'person', userId, deskRoles: [], stepUp: null })
export const part = (name: SystemPart): LoggedActor => ({ kind: 'system', part: name })

export function stamp(event: TicketEvent, sender: LoggedActor, at: string = t0): StampedEvent {
  return { ...event, by: sender, at }
}

export function openEvent(change: Partial<EventOf<'OPEN_TICKET'>> = {}): StampedEventOf<'OPEN_TICKET'> {
  return {
    type: 'OPEN_TICKET',
    portalId: ids.portal,
    userCount: 12,
    scope: 'crm',
    snapshot: { id: ids.snapshot, completedAt: plusHours(t0, -24) },
    previewId: ids.preview,
    digest: 'd1',
    requesterId: people.requester,
    ownerId: people.owner,
    subject: 'Deals are gone',
    reason: 'Somebody deleted the pipeline',
    incidentAt: null,
    deletedByRequester: null,
    policy,
    ...change,
    at: t0,
    by: by(people.requester),
  }
}

export const consentEvent: EventOf<'GIVE_CONSENT'> = {
  type: 'GIVE_CONSENT',
  previewId: ids.preview,
  digest: 'd1',
  method: 'totp',
  typedName: 'Acme',
  shownText: 'This will wipe 3 rows.',
  locale: 'en',
  window: { kind: 'now' },
}

/** Sends events one after the other; each must be taken. */
export function walk(life: TicketLife, ...events: StampedEvent[]): Step {
  let step: Step = { ...life, effects: [] }
  for (const event of events) {
    const next = proceed(step, event)
    if (next === null) throw new Error(`${event.type} is refused in ${step.state}`)
    step = next
  }
  return step
}

const paid = { plan: 'professional', paid: true, checkedAt: t0 }
const planChecked: StampedEvent = stamp({ type: 'PLAN_CHECKED', ...paid }, part('billing'))
const beginRestore = (at = t0): StampedEvent =>
  stamp(
    {
      type: 'BEGIN_RESTORE',
      timer: 'windowOpens',
      due: at,
      runId: ids.run,
      ...paid,
      checkedAt: at,
      approverIds: [people.approver, people.approver2],
    },
    part('timer'),
    at,
  )

/** The shortest way from the opening to each state. */
export const wayTo: Record<TicketState, StampedEvent[]> = (() => {
  const verifyingOwner = [stamp({ type: 'CHECKS_PASSED' }, part('checks'))]
  const checkingPlan = [...verifyingOwner, stamp(consentEvent, by(people.owner))]
  const awaitingApproval = [...checkingPlan, planChecked]
  const scheduled = [...awaitingApproval, stamp({ type: 'APPROVE_RESTORE', digest: 'd1', method: 'totp' }, by(people.approver))]
  const restoring = [...scheduled, beginRestore()]
  const restored = [...restoring, stamp({ type: 'RUN_SUCCEEDED', runId: ids.run, safetySnapshotId: ids.safety }, part('worker'))]
  const { window: _, ...words } = consentEvent
  const undoing = [
    ...restored,
    stamp({ ...words, type: 'REQUEST_UNDO', previewId: ids.preview2, digest: 'u1', runId: ids.run2 }, by(people.owner)),
  ]
  return {
    submitted: [],
    verifyingOwner,
    checkingPlan,
    awaitingUpgrade: [
      ...checkingPlan,
      stamp({ type: 'PLAN_CHECKED', plan: 'free', paid: false, checkedAt: t0 }, part('billing')),
    ],
    awaitingApproval,
    scheduled,
    restoring,
    restored,
    undoing,
    undone: [...undoing, stamp({ type: 'UNDO_SUCCEEDED', runId: ids.run2 }, part('worker'))],
    restoreFailed: [
      ...restoring,
      stamp({ type: 'RUN_FAILED', runId: ids.run, kind: 'disk_full', detail: 'no space' }, part('worker')),
    ],
    closed: [...restored, stamp({ type: 'CONFIRM_RESTORED' }, by(people.requester))],
    rejected: [...verifyingOwner, stamp({ type: 'REJECT_TICKET', reason: 'not ours' }, by(people.agent))],
    cancelled: [...verifyingOwner, stamp({ type: 'CANCEL_TICKET' }, by(people.requester))],
    expired: [
      ...verifyingOwner,
      stamp({ type: 'EXPIRE_TICKET', timer: 'ownerExpiry', due: hoursLater(72) }, part('timer'), hoursLater(72)),
    ],
  }
})()

/** A ticket in this state, with changes to what it remembers. */
export function ticketIn(
  state: TicketState,
  change: Partial<TicketContext> = {},
  opened: Partial<EventOf<'OPEN_TICKET'>> = {},
): TicketLife {
  const { context } = walk(begin(openEvent(opened)), ...wayTo[state])
  return { state, context: { ...context, ...change } }
}
