import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { getShortestPaths } from 'xstate/graph'
import { z } from 'zod'
import { plusHours } from './instants.ts'
import { endStates, isEnd, type StampedEvent, ticketStates } from './machine-context.ts'
import { r7PaidOnly } from './policy/r7-paid-only.ts'
import { approvalsCounted, approvalsNeeded } from './policy/r9-four-eyes.ts'
import { restoreMachine } from './restore-machine.ts'
import { type Attempt, anyAttempt, attempted, eventTypes } from './testing/any-event.ts'
import {
  by,
  consentEvent,
  hoursLater,
  ids,
  openEvent,
  part,
  people,
  policy,
  stamp,
  t0,
  ticketIn,
  walk,
  wayTo,
} from './testing/world.ts'
import { accepts, begin, proceed, replay, type Step, type TicketLife } from './ticket-life.ts'

describe('the life of a ticket', () => {
  test.each(ticketStates)('can be in %s, and its log replays to the same (I11)', (state) => {
    const step = walk(begin(openEvent()), ...wayTo[state])
    expect(step.state).toBe(state)
    expect(replay([openEvent(), ...wayTo[state]])).toEqual({ state: step.state, context: step.context })
  })

  test('the graph: every state can be reached from the opening, and none leads out of the states that are over', () => {
    const paths = getShortestPaths(restoreMachine, {
      input: openEvent(),
      events: ({ value, context }) => eventTypes.flatMap((type) => plausible(type, { state: stateName.parse(value), context })),
      serializeState: ({ value, context }) => `${JSON.stringify(value)} ${context.consent === null} ${context.votes.length}`,
      limit: 20_000,
    })
    expect(new Set(paths.map(({ state }) => state.value))).toEqual(new Set(ticketStates))
    for (const state of endStates) {
      const left = eventTypes
        .flatMap((type) => plausible(type, ticketIn(state)))
        .map((event) => proceed(ticketIn(state), event)?.state ?? state)
      expect(new Set(left)).toEqual(new Set([state]))
    }
  })

  test('a log that the machine would not have taken does not replay', () => {
    const forged = [openEvent(), stamp({ type: 'APPROVE_RESTORE', digest: 'd1', method: 'totp' }, by(people.approver))]
    expect(() => replay(forged)).toThrow('does not replay: APPROVE_RESTORE in submitted')
  })
})

const stateName = z.enum(ticketStates)

/** Each kind of event, a few hours on where timers need it, by the people whose it is. */
function plausible(type: Attempt['type'], life: TicketLife): StampedEvent[] {
  const tries = [0, 1, 3, 6].flatMap((pick) => [0, 200].map((hours) => ({ pick, hours })))
  return tries.map(({ pick, hours }) => attempted({ type, onward: false, who: pick + 3, pick, hours }, life, hoursLater(hours)))
}

describe('every event in every state', () => {
  test.each(ticketStates)('%s: taken or refused, and what is refused leaves the ticket exactly as it was', (state) => {
    for (const type of eventTypes) {
      const life = ticketIn(state)
      const before = structuredClone(life)
      const answers = plausible(type, life).map((event) => proceed(life, event))
      expect(life).toEqual(before)
      if (!accepts(state, type)) expect(answers.every((answer) => answer === null)).toBe(true)
    }
  })

  test('which states know which events', () => {
    const known = Object.fromEntries(
      ticketStates.map((state) => [state, eventTypes.filter((type) => accepts(state, type)).join(' ')]),
    )
    expect(known).toMatchInlineSnapshot(`
      {
        "awaitingApproval": "JOIN_TICKET WITHDRAW_CONSENT REFRESH_PREVIEW CHOOSE_SNAPSHOT OWNER_CHANGED REPORT_NOT_ME LIFT_FREEZE CANCEL_TICKET PLAN_CHECKED APPROVE_RESTORE REJECT_RESTORE REJECT_TICKET EXTEND_HOLD CLAIM_TICKET ASSIGN_TICKET RELEASE_TICKET REPLY ADD_NOTE PAUSED_RELEASED RELEASE_FAILED ESCALATE_APPROVAL DENY_UNANSWERED EXPIRE_CONSENT WARN_HOLD END_HOLD",
        "awaitingUpgrade": "JOIN_TICKET WITHDRAW_CONSENT REFRESH_PREVIEW CHOOSE_SNAPSHOT OWNER_CHANGED REPORT_NOT_ME LIFT_FREEZE CANCEL_TICKET PLAN_CHECKED CHECK_PLAN_AGAIN REJECT_TICKET EXTEND_HOLD CLAIM_TICKET ASSIGN_TICKET RELEASE_TICKET REPLY ADD_NOTE PAUSED_RELEASED RELEASE_FAILED EXPIRE_TICKET EXPIRE_CONSENT WARN_HOLD END_HOLD",
        "cancelled": "REPLY ADD_NOTE PAUSED_RELEASED RELEASE_FAILED",
        "checkingPlan": "JOIN_TICKET WITHDRAW_CONSENT REFRESH_PREVIEW CHOOSE_SNAPSHOT OWNER_CHANGED REPORT_NOT_ME LIFT_FREEZE CANCEL_TICKET PLAN_CHECKED CHECK_PLAN_AGAIN REJECT_TICKET EXTEND_HOLD CLAIM_TICKET ASSIGN_TICKET RELEASE_TICKET REPLY ADD_NOTE PAUSED_RELEASED RELEASE_FAILED EXPIRE_CONSENT WARN_HOLD END_HOLD",
        "closed": "REPLY ADD_NOTE PAUSED_RELEASED RELEASE_FAILED",
        "expired": "REPLY ADD_NOTE PAUSED_RELEASED RELEASE_FAILED",
        "rejected": "REPLY ADD_NOTE PAUSED_RELEASED RELEASE_FAILED",
        "restoreFailed": "JOIN_TICKET WITHDRAW_CONSENT REFRESH_PREVIEW CHOOSE_SNAPSHOT OWNER_CHANGED REPORT_NOT_ME LIFT_FREEZE PLAN_CHECKED EXTEND_HOLD CLAIM_TICKET ASSIGN_TICKET RELEASE_TICKET REPLY ADD_NOTE RETRY_RESTORE PAUSED_RELEASED RELEASE_FAILED CLOSE_TICKET WARN_HOLD END_HOLD",
        "restored": "JOIN_TICKET CHOOSE_SNAPSHOT OWNER_CHANGED REPORT_NOT_ME LIFT_FREEZE PLAN_CHECKED CLAIM_TICKET ASSIGN_TICKET RELEASE_TICKET REPLY ADD_NOTE CONFIRM_RESTORED REQUEST_UNDO RELEASE_PAUSED LEAVE_PAUSED PAUSED_RELEASED RELEASE_FAILED OPEN_COMPLAINT RESOLVE_COMPLAINT END_UNDO_WINDOW END_DOWNLOAD",
        "restoring": "JOIN_TICKET WITHDRAW_CONSENT OWNER_CHANGED REPORT_NOT_ME LIFT_FREEZE PLAN_CHECKED CLAIM_TICKET ASSIGN_TICKET RELEASE_TICKET REPLY ADD_NOTE CONSENT_STALE RUN_SUCCEEDED RUN_FAILED RUN_CANCELLED CANCEL_RUN PAUSED_RELEASED RELEASE_FAILED",
        "scheduled": "JOIN_TICKET WITHDRAW_CONSENT REFRESH_PREVIEW CHOOSE_SNAPSHOT OWNER_CHANGED REPORT_NOT_ME LIFT_FREEZE CANCEL_TICKET PLAN_CHECKED REJECT_TICKET EXTEND_HOLD CLAIM_TICKET ASSIGN_TICKET RELEASE_TICKET REPLY ADD_NOTE BEGIN_RESTORE PAUSED_RELEASED RELEASE_FAILED EXPIRE_CONSENT WARN_HOLD END_HOLD",
        "submitted": "CHECKS_PASSED CHECKS_REFUSED JOIN_TICKET REFRESH_PREVIEW CHOOSE_SNAPSHOT OWNER_CHANGED REPORT_NOT_ME LIFT_FREEZE CANCEL_TICKET REJECT_TICKET EXTEND_HOLD CLAIM_TICKET ASSIGN_TICKET RELEASE_TICKET REPLY ADD_NOTE PAUSED_RELEASED RELEASE_FAILED WARN_HOLD END_HOLD",
        "undoing": "JOIN_TICKET WITHDRAW_CONSENT OWNER_CHANGED REPORT_NOT_ME LIFT_FREEZE PLAN_CHECKED CLAIM_TICKET ASSIGN_TICKET RELEASE_TICKET REPLY ADD_NOTE CONSENT_STALE RUN_CANCELLED CANCEL_RUN UNDO_SUCCEEDED UNDO_FAILED PAUSED_RELEASED RELEASE_FAILED",
        "undone": "REPLY ADD_NOTE RELEASE_PAUSED LEAVE_PAUSED PAUSED_RELEASED RELEASE_FAILED",
        "verifyingOwner": "JOIN_TICKET GIVE_CONSENT REFRESH_PREVIEW CHOOSE_SNAPSHOT RECORD_PROOF CONFIRM_PROOF OWNER_CHANGED REPORT_NOT_ME LIFT_FREEZE CANCEL_TICKET REJECT_TICKET EXTEND_HOLD CLAIM_TICKET ASSIGN_TICKET RELEASE_TICKET REPLY ADD_NOTE PAUSED_RELEASED RELEASE_FAILED REMIND_OWNER EXPIRE_TICKET WARN_HOLD END_HOLD",
      }
    `)
  })
})

describe('whatever is tried, in whatever order', () => {
  const walks = fc.array(anyAttempt, { minLength: 10, maxLength: 50 })
  const opening = fc.record({ scope: fc.constantFrom('crm' as const, 'full' as const), userCount: fc.constantFrom(10, 60) })
  /** Most random walks would die early: they start in the middle as well. */
  const start = fc.constantFrom(
    ...ticketStates.filter((state) => !isEnd(state) && wayTo[state].every(({ type }) => type !== 'APPROVE_RESTORE')),
  )
  const runs = { numRuns: 60, endOnFailure: true }

  function explore(
    opened: { scope: 'crm' | 'full'; userCount: number },
    from: (typeof ticketStates)[number],
    attempts: Attempt[],
    look: (step: Step, event: StampedEvent, before: Step) => unknown,
  ): StampedEvent[] {
    const log: StampedEvent[] = [openEvent(opened), ...wayTo[from]]
    let step: Step = walk(begin(openEvent(opened)), ...wayTo[from])
    let at = t0
    for (const attempt of attempts) {
      at = plusHours(at, attempt.hours)
      const event = attempted(attempt, step, at)
      const next = proceed(step, event)
      if (next === null) continue
      look(next, event, step)
      log.push(event)
      step = next
    }
    return log
  }

  test('I1 nothing is ever restored without the owner’s consent, a plan that allows it and enough approvals, all for the same digest', () => {
    let begun = 0
    fc.assert(
      fc.property(opening, start, walks, (opened, from, attempts) => {
        explore(opened, from, attempts, ({ state, context }, event, before) => {
          if (state !== 'restoring' || before.state === 'restoring') return
          begun += 1
          const { consent, plan, preview, votes } = context
          expect(event.type).toBe('BEGIN_RESTORE')
          expect(consent?.digest).toBe(preview.digest)
          expect(consent?.ownerId).toBe(context.ownerId)
          expect(plan !== null && r7PaidOnly(plan, policy).allowed).toBe(true)
          expect(approvalsCounted(votes, preview.digest)).toBeGreaterThanOrEqual(approvalsNeeded(context, policy))
          expect(context.frozen).toBeNull()
        })
      }),
      runs,
    )
    expect(begun).toBeGreaterThan(10)
  })

  test('I9 consent and votes are never for another digest than the ticket stands on, nor of another owner', () => {
    fc.assert(
      fc.property(opening, start, walks, (opened, from, attempts) => {
        explore(opened, from, attempts, ({ state, context: { consent, votes, preview, ownerId } }) => {
          if (consent !== null) expect(consent.digest).toBe(preview.digest)
          expect(votes.every((vote) => vote.digest === preview.digest)).toBe(true)
          if (consent !== null && ['checkingPlan', 'awaitingUpgrade', 'awaitingApproval', 'scheduled'].includes(state))
            expect(consent.ownerId).toBe(ownerId)
        })
      }),
      runs,
    )
  })

  test('R9 no vote is ever of the requester, the owner or anybody who handled the ticket, and no handler has voted', () => {
    fc.assert(
      fc.property(opening, start, walks, (opened, from, attempts) => {
        explore(opened, from, attempts, (_, event, before) => {
          if (event.type === 'APPROVE_RESTORE' && event.by.kind === 'person') {
            const { requesterId, ownerId, handlerIds } = before.context
            expect([requesterId, ownerId, ...handlerIds]).not.toContain(event.by.userId)
          }
          if (event.type === 'CLAIM_TICKET' && event.by.kind === 'person') {
            const { userId } = event.by
            expect(before.context.votes.some((vote) => vote.approverId === userId)).toBe(false)
          }
        })
      }),
      runs,
    )
  })

  test('a run is on exactly while the ticket says so, and what is over holds nothing and sets no timer', () => {
    fc.assert(
      fc.property(opening, start, walks, (opened, from, attempts) => {
        explore(opened, from, attempts, ({ state, context, effects }, _, before) => {
          expect(context.run !== null).toBe(state === 'restoring' || state === 'undoing')
          if (isEnd(state) && !isEnd(before.state)) expect(effects.map(({ type }) => type)).toContain('releaseAllHolds')
        })
      }),
      runs,
    )
  })

  test('I11 the log of any walk replays to the same ticket', () => {
    fc.assert(
      fc.property(opening, start, walks, (opened, from, attempts) => {
        const steps: Step[] = []
        const log = explore(opened, from, attempts, (step) => steps.push(step))
        const last = steps.at(-1)
        if (last) expect(replay(log)).toEqual({ state: last.state, context: last.context })
      }),
      runs,
    )
  })
})

test('S40 consent to one scope is none to another: the preview of a ticket is of its scope, and the scope never changes', () => {
  fc.assert(
    fc.property(fc.array(anyAttempt, { maxLength: 60 }), (attempts) => {
      let life = ticketIn('verifyingOwner')
      for (const attempt of attempts) life = proceed(life, attempted(attempt, life, t0)) ?? life
      expect(life.context.scope).toBe('crm')
    }),
  )
  expect(
    proceed(ticketIn('verifyingOwner'), stamp({ ...consentEvent, digest: 'of the full preview' }, by(people.owner))),
  ).toBeNull()
})

test.each([
  ['S13 withdrawn', stamp({ type: 'WITHDRAW_CONSENT' }, by(people.owner))],
  ['S6 of a former owner', stamp({ type: 'OWNER_CHANGED', ownerId: people.newOwner, since: t0 }, part('directory'))],
])('a consent that is %s during a run is never retried on when the run fails by itself', (_, event) => {
  const failed = stamp({ type: 'RUN_FAILED', runId: ids.run, kind: 'error', detail: '' }, part('worker'))
  const after = walk(ticketIn('restoring'), event, failed)
  expect(after).toMatchObject({ state: 'verifyingOwner', context: { consent: null, votes: [], run: null } })
})
