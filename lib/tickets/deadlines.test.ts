import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { mailOutbox } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { cloneDatabase, type TestDatabase } from '#db/testing/databases.ts'
import { makePreview } from '#db/testing/factories.ts'
import { approveRestore } from './approve-restore.ts'
import { checkPlan } from './check-plan.ts'
import { extendHold } from './extend-hold.ts'
import { giveConsent } from './give-consent.ts'
import { openComplaint } from './open-complaint.ts'
import { requestUndo } from './request-undo.ts'
import { resolveComplaint } from './resolve-complaint.ts'
import {
  type Clocked,
  clockedDesk,
  makeScene,
  paid,
  refusalOf,
  ring,
  type Scene,
  taken,
  ticketIn,
  ticketRow,
  timerDue,
  unpaid,
  words,
} from './testing/desk.ts'
import { lifeOf } from './ticket-row.ts'

let database: TestDatabase
let desk: Clocked
beforeAll(async () => {
  database = await cloneDatabase()
  desk = await clockedDesk(database.url)
})
afterAll(async () => {
  await desk.close()
  await database.drop()
})
beforeEach(() => desk.set(new Date()))

const later = (iso: string, ms: number) => new Date(Date.parse(iso) + ms)
const stateOf = async (ticketId: string) => (await ticketRow(desk.db, ticketId)).state
const consentOf = (scene: Scene, ticketId: string) => ({
  ticketId,
  previewId: scene.preview.id,
  digest: scene.preview.digest ?? '',
  ...words(scene),
})
const mailsOf = async (ticketId: string) => {
  const rows = await scoped(desk.db, 'system', (tx) =>
    tx.select({ template: mailOutbox.template }).from(mailOutbox).where(eq(mailOutbox.ticketId, ticketId)),
  )
  return rows.map(({ template }) => template)
}

describe('the owner is silent', () => {
  test('reminded at 24 and 48 hours, each once, and expired at 72, with the snapshot let go', async () => {
    const ticketId = await ticketIn(desk.db, await makeScene(desk.db), 'verifyingOwner')
    taken(await ring(desk, ticketId, 'ownerReminder1'))
    await expect(timerDue(desk.db, ticketId, 'ownerReminder1')).rejects.toThrow('not running')
    taken(await ring(desk, ticketId, 'ownerReminder2'))
    expect(taken(await ring(desk, ticketId, 'ownerExpiry')).state).toBe('expired')
    const mails = await mailsOf(ticketId)
    expect(mails.filter((template) => template === 'owner_reminder')).toHaveLength(2)
    expect(mails).toContain('expired')
    expect(
      (
        await database.owner<
          { open: number }[]
        >`select count(*)::int as open from holds where ticket_id = ${ticketId} and released_at is null`
      )[0]?.open,
    ).toBe(0)
  })

  test('S91 a consent one second after the deadline is late, even though the timer’s job has not run', async () => {
    const scene = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'verifyingOwner')
    const due = await timerDue(desk.db, ticketId, 'ownerExpiry')
    const fresh = (at: Date) => ({ ...scene.owner, stepUp: { method: 'totp' as const, at: at.toISOString() } })
    await desk.set(later(due, 0))
    expect(refusalOf(await giveConsent(desk.db, fresh(later(due, 0)), consentOf(scene, ticketId)))).toBe('too_late')
    await desk.set(later(due, -1))
    expect(refusalOf(await giveConsent(desk.db, fresh(later(due, -1)), consentOf(scene, ticketId)))).toBe('allowed')
  })
})

test('S80 nobody approves: a louder call, then a no; never a yes by silence', async () => {
  const ticketId = await ticketIn(desk.db, await makeScene(desk.db), 'awaitingApproval')
  expect(taken(await ring(desk, ticketId, 'approvalEscalation')).state).toBe('awaitingApproval')
  expect(await mailsOf(ticketId)).toContain('approval_escalated')
  expect(taken(await ring(desk, ticketId, 'approvalDenial')).state).toBe('rejected')
})

describe('the hold', () => {
  test('S25 is warned of and ends; then consent is void and another restore point must be chosen, never silently', async () => {
    const scene = await makeScene(desk.db, { completedAt: new Date(Date.now() - 6.9 * 24 * 3_600_000) })
    const ticketId = await ticketIn(desk.db, scene, 'awaitingApproval')
    for (const timer of ['holdWarning24', 'holdWarning6', 'holdWarning1'] as const) taken(await ring(desk, ticketId, timer))
    expect((await mailsOf(ticketId)).filter((template) => template === 'hold_ending').length).toBeGreaterThanOrEqual(3)
    expect(taken(await ring(desk, ticketId, 'holdEnd')).state).toBe('verifyingOwner')
    const now = await timerDue(desk.db, ticketId, 'ownerReminder1')
    const owner = {
      ...scene.owner,
      stepUp: { method: 'totp' as const, at: new Date(Date.parse(now) - 24 * 3_600_000).toISOString() },
    }
    expect(refusalOf(await giveConsent(desk.db, owner, consentOf(scene, ticketId)))).toBe('R2 hold_maximum_reached')
  })

  test('S19 is extended once, by an approver, and no second time', async () => {
    const scene = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'verifyingOwner')
    const before = await timerDue(desk.db, ticketId, 'holdEnd')
    expect(refusalOf(await extendHold(desk.db, scene.agent, { ticketId, reason: 'the bank is slow' }))).toBe('not_allowed')
    taken(await extendHold(desk.db, scene.approver, { ticketId, reason: 'the bank is slow' }))
    expect(Date.parse(await timerDue(desk.db, ticketId, 'holdEnd')) - Date.parse(before)).toBe(72 * 3_600_000)
    expect(refusalOf(await extendHold(desk.db, scene.approver, { ticketId, reason: 'again' }))).toBe('R2 hold_already_extended')
  })
})

describe('the plan', () => {
  test('S20 S21 is asked again when the restore begins: unpaid by then, it goes back to the upgrade step and starts no run', async () => {
    const ticketId = await ticketIn(desk.db, await makeScene(desk.db), 'scheduled')
    expect(taken(await ring(desk, ticketId, 'windowOpens', unpaid)).state).toBe('awaitingUpgrade')
    expect((await database.owner<{ n: number }[]>`select count(*)::int as n from runs where ticket_id = ${ticketId}`)[0]?.n).toBe(
      0,
    )
    // Approval still stands for the same digest, so that paying is all that is missing.
    expect(taken(await checkPlan(desk.db, { ticketId }, paid)).state).toBe('scheduled')
  })

  test('S20 a charge-back before the restore is heard at once; after it, the data is never undone for money', async () => {
    const waiting = await ticketIn(desk.db, await makeScene(desk.db), 'awaitingApproval')
    expect(taken(await checkPlan(desk.db, { ticketId: waiting }, unpaid)).state).toBe('awaitingUpgrade')
    const done = await ticketIn(desk.db, await makeScene(desk.db), 'restored')
    expect(taken(await checkPlan(desk.db, { ticketId: done }, unpaid)).state).toBe('restored')
    expect((await ticketRow(desk.db, done)).machineState).toMatchObject({ plan: { paid: false } })
  })

  test('S23 an answer of billing that is older than the known one changes nothing', async () => {
    const ticketId = await ticketIn(desk.db, await makeScene(desk.db), 'awaitingApproval')
    const late = async () => ({ plan: 'free', paid: false, checkedAt: '2020-01-01T00:00:00.000Z' })
    expect(refusalOf(await checkPlan(desk.db, { ticketId }, late))).toBe('R7 plan_fact_outdated')
    expect(await stateOf(ticketId)).toBe('awaitingApproval')
  })

  test('S17 S22 R7 a payment moves the waiting ticket on by itself; trial and partner plans are rows of the policy', async () => {
    const ticketId = await ticketIn(desk.db, await makeScene(desk.db), 'checkingPlan')
    expect(taken(await checkPlan(desk.db, { ticketId }, unpaid)).state).toBe('awaitingUpgrade')
    expect(taken(await checkPlan(desk.db, { ticketId }, unpaid)).state).toBe('awaitingUpgrade')
    expect(taken(await checkPlan(desk.db, { ticketId }, paid)).state).toBe('awaitingApproval')
    const trial = await ticketIn(desk.db, await makeScene(desk.db), 'checkingPlan')
    const onTrial = async () => ({ plan: 'trial', paid: false, checkedAt: new Date().toISOString() })
    expect(taken(await checkPlan(desk.db, { ticketId: trial }, onTrial)).state).toBe('awaitingApproval')
  })

  test('S24 whatever an old snapshot says about the plan is never asked: the door hears of it from billing only', async () => {
    const scene = await makeScene(desk.db)
    await database.owner`update portals set plan = 'free' where id = ${scene.portal.id}`
    const ticketId = await ticketIn(desk.db, scene, 'awaitingApproval')
    expect((await ticketRow(desk.db, ticketId)).machineState).toMatchObject({ plan: { plan: 'business', paid: true } })
  })
})

describe('after the restore', () => {
  const undo = async (scene: Scene, ticketId: string, at: Date) => {
    const { undo: offered } = lifeOf(await ticketRow(desk.db, ticketId)).context
    const preview = await makePreview(
      desk.db,
      { id: offered?.safetySnapshotId ?? '', portalId: scene.portal.id },
      { purpose: 'undo' },
    )
    const owner = { ...scene.owner, stepUp: { method: 'totp' as const, at: at.toISOString() } }
    return requestUndo(desk.db, owner, { ticketId, previewId: preview.id, digest: preview.digest ?? '', ...words(scene) })
  }

  test('S61 a customer who never confirms: the window ends and the ticket closes by itself', async () => {
    const ticketId = await ticketIn(desk.db, await makeScene(desk.db), 'restored')
    expect(taken(await ring(desk, ticketId, 'undoEnd')).state).toBe('closed')
    expect(await mailsOf(ticketId)).toContain('closed')
  })

  test('S57 undo has a preview and a consent of its own, and ends with the window', async () => {
    const scene = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'restored')
    const end = await timerDue(desk.db, ticketId, 'undoEnd')
    await desk.set(later(end, 0))
    expect(refusalOf(await undo(scene, ticketId, later(end, 0)))).toBe('undo_window_over')
    await desk.set(later(end, -1000))
    expect(taken(await undo(scene, ticketId, later(end, -1000))).state).toBe('undoing')
    const given = await database.owner<
      { purpose: string }[]
    >`select purpose from consents where ticket_id = ${ticketId} order by given_at`
    expect(given.map((consent) => consent.purpose)).toEqual(['restore', 'undo'])
    expect(
      (
        await database.owner<
          { n: number }[]
        >`select count(*)::int as n from runs where ticket_id = ${ticketId} and kind = 'undo' and undoes_run_id is not null`
      )[0]?.n,
    ).toBe(1)
  })

  test('S57 the preview of the restore is none for its undo', async () => {
    const scene = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'restored')
    expect(refusalOf(await requestUndo(desk.db, scene.owner, consentOf(scene, ticketId)))).toBe('R6 preview_of_another')
  })

  test('S56 an open complaint keeps the way back open, however long; once resolved the window ends', async () => {
    const scene = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'restored')
    taken(await openComplaint(desk.db, scene.requester, { ticketId, reason: 'Amounts look wrong' }))
    for (let i = 0; i < 3; i++) expect(taken(await ring(desk, ticketId, 'undoEnd')).state).toBe('restored')
    const held = await database.owner<
      { until: Date }[]
    >`select max(until) as until from holds where ticket_id = ${ticketId} and released_at is null`
    expect(held[0]?.until.toISOString()).toBe(await timerDue(desk.db, ticketId, 'undoEnd'))
    taken(await resolveComplaint(desk.db, scene.agent, { ticketId, reason: 'Explained' }))
    expect(taken(await ring(desk, ticketId, 'undoEnd')).state).toBe('closed')
  })
})

test('an approval after the deadline is late (I13)', async () => {
  const scene = await makeScene(desk.db)
  const ticketId = await ticketIn(desk.db, scene, 'awaitingApproval')
  const due = await timerDue(desk.db, ticketId, 'approvalDenial')
  await desk.set(due)
  const approver = { ...scene.approver, stepUp: { method: 'totp' as const, at: due } }
  expect(refusalOf(await approveRestore(desk.db, approver, { ticketId, digest: scene.preview.digest ?? '' }))).toBe('too_late')
})
