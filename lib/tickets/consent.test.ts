import { and, eq, isNull } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { consents, mailOutbox, votes } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { cloneDatabase, type TestDatabase } from '#db/testing/databases.ts'
import { makePreview, makeSnapshot, makeUser } from '#db/testing/factories.ts'
import type { Person } from '#lib/domain/actor.ts'
import { approveRestore } from './approve-restore.ts'
import { changeOwner } from './change-owner.ts'
import { chooseSnapshot } from './choose-snapshot.ts'
import { confirmProof } from './confirm-proof.ts'
import { type GiveConsentInput, giveConsent } from './give-consent.ts'
import { liftFreeze } from './lift-freeze.ts'
import { readTicket } from './read-ticket.ts'
import { recordProof } from './record-proof.ts'
import { refreshPreview } from './refresh-preview.ts'
import { reportNotMe } from './report-not-me.ts'
import {
  enrolledSince,
  makeScene,
  person,
  refusalOf,
  runOf,
  type Scene,
  taken,
  ticketIn,
  ticketRow,
  transferOwnership,
  words,
} from './testing/desk.ts'
import { lifeOf } from './ticket-row.ts'
import { withdrawConsent } from './withdraw-consent.ts'

let desk: TestDatabase
beforeAll(async () => {
  desk = await cloneDatabase()
})
afterAll(() => desk.drop())

const digestOf = ({ preview }: Scene) => preview.digest ?? ''
const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString()

function consent(scene: Scene, ticketId: string, change: Partial<GiveConsentInput> = {}, who: Person = scene.owner) {
  return giveConsent(desk.db, who, { ticketId, previewId: scene.preview.id, digest: digestOf(scene), ...words(scene), ...change })
}
const openConsents = (ticketId: string) =>
  scoped(desk.db, 'system', (tx) =>
    tx
      .select()
      .from(consents)
      .where(and(eq(consents.ticketId, ticketId), isNull(consents.voidedAt))),
  )
const openVotes = (ticketId: string) =>
  scoped(desk.db, 'system', (tx) =>
    tx
      .select()
      .from(votes)
      .where(and(eq(votes.ticketId, ticketId), isNull(votes.voidedAt))),
  )
const mailsOf = async (ticketId: string) => {
  const rows = await scoped(desk.db, 'system', (tx) => tx.select().from(mailOutbox).where(eq(mailOutbox.ticketId, ticketId)))
  return rows.map(({ template, recipient }) => `${template} → ${recipient.split('@')[0]}`)
}

describe('the owner’s yes', () => {
  test('R4 is the current owner’s alone, and is kept exactly as it was shown', async () => {
    const scene = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'verifyingOwner')
    expect(refusalOf(await consent(scene, ticketId, {}, scene.requester))).toBe('not_allowed')
    expect(taken(await consent(scene, ticketId)).state).toBe('checkingPlan')
    expect(await openConsents(ticketId)).toMatchObject([
      {
        digest: digestOf(scene),
        ownerId: scene.owner.userId,
        method: 'totp',
        shownText: words(scene).shownText,
        window: { kind: 'now' },
      },
    ])
  })

  test.each([
    ['no second step at all', 'crm', null, 0, 'R13 step_up_needed'],
    ['one of eleven minutes ago', 'crm', 'totp', 11, 'R13 step_up_stale'],
    ['a code by mail for the CRM', 'crm', 'mail_code', 0, 'allowed'],
    ['a code by mail for the whole portal', 'full', 'mail_code', 0, 'R13 mail_code_not_enough'],
    ['a passkey for the whole portal', 'full', 'passkey', 0, 'allowed'],
  ] as const)('R13 %s', async (_, scope, method, minutesAgo, expected) => {
    const scene = await makeScene(desk.db, { scope })
    const ticketId = await ticketIn(desk.db, scene, 'verifyingOwner')
    const owner = person({ id: scene.owner.userId }, { method, at: new Date(Date.now() - minutesAgo * 60_000) })
    expect(refusalOf(await consent(scene, ticketId, {}, owner))).toBe(expected)
  })

  test.each([
    ['full', 1, 'R13 factor_too_new'],
    ['crm', 1, 'allowed'],
    ['full', 100, 'allowed'],
  ] as const)('S7 R13 for %s with an authenticator that was enrolled %i hours ago', async (scope, hoursAgo, expected) => {
    const scene = await makeScene(desk.db, { scope })
    const ticketId = await ticketIn(desk.db, scene, 'verifyingOwner')
    const owner = enrolledSince(scene.owner, inHours(-hoursAgo))
    expect(refusalOf(await consent(scene, ticketId, {}, owner))).toBe(expected)
  })

  test('S7 R13 an authenticator whose age nobody knows is as good as new', async () => {
    const scene = await makeScene(desk.db, { scope: 'full' })
    const ticketId = await ticketIn(desk.db, scene, 'verifyingOwner')
    const owner = { ...scene.owner, stepUp: { method: 'totp' as const, at: inHours(0) } }
    expect(refusalOf(await consent(scene, ticketId, {}, owner))).toBe('R13 factor_too_new')
  })

  test.each([
    ['1 hour', { allowed: false, refusal: { code: 'factor_too_new' } }],
    ['100 hours', { allowed: true, stepUp: 'needed' }],
  ])('S7 the page knows before the owner tries: an app that is set up since %s, and not used yet', async (age, expected) => {
    const scene = await makeScene(desk.db, { scope: 'full' })
    const ticketId = await ticketIn(desk.db, scene, 'verifyingOwner')
    await desk.owner`update users set totp_secret = 'sealed', totp_confirmed_at = now() - ${age}::interval where id = ${scene.owner.userId}`
    const { number } = await ticketRow(desk.db, ticketId)
    const ticket = await readTicket(desk.db, { ...scene.owner, stepUp: null }, number)
    expect(ticket?.offers.find(({ event }) => event === 'GIVE_CONSENT')).toMatchObject(expected)
  })

  test('R6 is to the preview on the screen: another digest, another snapshot or another portal’s preview is refused', async () => {
    const scene = await makeScene(desk.db)
    const foreign = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'verifyingOwner')
    expect(refusalOf(await consent(scene, ticketId, { digest: 'd-old' }))).toBe('R6 preview_changed')
    expect(refusalOf(await consent(scene, ticketId, { previewId: foreign.preview.id }))).toBe('R6 not_found')
    const full = await makePreview(desk.db, scene.snapshot, { scope: 'full', digest: digestOf(scene) })
    expect(refusalOf(await consent(scene, ticketId, { previewId: full.id }))).toBe('R6 preview_of_another')
  })

  test.each([
    ['in the past', -2, 1, 'window_in_past'],
    ['shorter than the least', 1, 1.1, 'window_too_short'],
    ['ending after the consent would have expired', 24, 24 * 8, 'window_too_late'],
    ['tonight', 5, 7, 'allowed'],
  ])('a window %s', async (_, from, until, expected) => {
    const scene = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'verifyingOwner')
    const window = { kind: 'at', at: inHours(from), until: inHours(until), timeZone: 'Europe/Warsaw', atEnd: 'abort' } as const
    expect(refusalOf(await consent(scene, ticketId, { window }))).toBe(expected)
  })
})

describe('I9 consent and approval die with the digest they were given for', () => {
  test('a newer preview with another digest voids both, and the owner is asked again', async () => {
    const scene = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'scheduled')
    const newer = await makePreview(desk.db, scene.snapshot)
    expect(taken(await refreshPreview(desk.db, scene.requester, { ticketId, previewId: newer.id })).state).toBe('verifyingOwner')
    expect(await openConsents(ticketId)).toEqual([])
    expect(await openVotes(ticketId)).toEqual([])
    expect((await mailsOf(ticketId)).at(-1)).toContain('owner_asked_again')
  })

  test('a newer preview with the same digest leaves them standing', async () => {
    const scene = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'scheduled')
    const same = await makePreview(desk.db, scene.snapshot, { digest: digestOf(scene) })
    expect(taken(await refreshPreview(desk.db, scene.requester, { ticketId, previewId: same.id })).state).toBe('scheduled')
    expect(await openVotes(ticketId)).toHaveLength(1)
  })

  test('S82 an approval of an older preview is refused', async () => {
    const scene = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'awaitingApproval')
    expect(refusalOf(await approveRestore(desk.db, scene.approver, { ticketId, digest: 'd-old' }))).toBe('R6 preview_changed')
  })

  test('another restore point on the same ticket: its hold moves, agreement is void', async () => {
    const scene = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'awaitingApproval')
    const other = await makeScene(desk.db)
    expect(
      refusalOf(
        await chooseSnapshot(desk.db, scene.owner, { ticketId, snapshotId: other.snapshot.id, previewId: other.preview.id }),
      ),
    ).toBe('not_found')
    const snapshot = await makeSnapshot(desk.db, scene.portal)
    const preview = await makePreview(desk.db, snapshot)
    expect(
      taken(await chooseSnapshot(desk.db, scene.owner, { ticketId, snapshotId: snapshot.id, previewId: preview.id })).state,
    ).toBe('verifyingOwner')
    expect(await openConsents(ticketId)).toEqual([])
    const held = await desk.owner<
      { snapshot_id: string }[]
    >`select snapshot_id from holds where ticket_id = ${ticketId} and released_at is null`
    expect(held.map((hold) => hold.snapshot_id)).toEqual([snapshot.id])
  })
})

describe('S13 the owner withdraws', () => {
  test('at once and free before the run', async () => {
    const scene = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'scheduled')
    expect(taken(await withdrawConsent(desk.db, scene.owner, { ticketId })).state).toBe('verifyingOwner')
    expect(await openConsents(ticketId)).toEqual([])
    // The same person may say yes to the same preview again, and the same approver too.
    taken(await consent(scene, ticketId))
  })

  test('during the run it is asked to stop; after the commit the way back is undo', async () => {
    const scene = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'restoring')
    expect(taken(await withdrawConsent(desk.db, scene.owner, { ticketId })).state).toBe('restoring')
    const run = await runOf(desk.db, ticketId)
    expect(run.cancelRequestedAt).not.toBeNull()
    await desk.owner`update runs set committed_at = now() where id = ${run.id}`
    expect(refusalOf(await withdrawConsent(desk.db, scene.owner, { ticketId }))).toBe('past_commit')
  })

  test('is nobody else’s to do', async () => {
    const scene = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'scheduled')
    for (const other of [scene.requester, scene.agent, scene.approver, scene.admin]) {
      expect(refusalOf(await withdrawConsent(desk.db, other, { ticketId }))).toBe('not_allowed')
    }
  })
})

describe('S6 ownership is transferred mid-ticket', () => {
  test('consent that was not carried out is void, the new owner is asked, both are told, and only the new one may answer', async () => {
    const scene = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'scheduled')
    const heir = person(await makeUser(desk.db))
    await transferOwnership(desk.db, scene.portal.id, heir)
    await changeOwner(desk.db, { portalId: scene.portal.id })
    const row = await ticketRow(desk.db, ticketId)
    expect(row.state).toBe('verifyingOwner')
    expect(lifeOf(row).context.ownerId).toBe(heir.userId)
    expect(lifeOf(row).context.ownerSince).not.toBeNull()
    expect(await openConsents(ticketId)).toEqual([])
    expect(await openVotes(ticketId)).toEqual([])
    expect(refusalOf(await consent(scene, ticketId))).toBe('not_found')
    expect(taken(await consent(scene, ticketId, {}, heir)).state).toBe('checkingPlan')
  })

  test('an approval is refused while the ticket has not heard of the new owner yet', async () => {
    const scene = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'awaitingApproval')
    await transferOwnership(desk.db, scene.portal.id, person(await makeUser(desk.db)))
    expect(refusalOf(await approveRestore(desk.db, scene.approver, { ticketId, digest: digestOf(scene) }))).toBe('R4 not_owner')
  })
})

describe('the owner’s mailbox is gone', () => {
  test('R13 a proof by two different agents stands in for the second step, never for the consent', async () => {
    const scene = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'verifyingOwner')
    const owner = person({ id: scene.owner.userId }, { method: null })
    taken(
      await recordProof(desk.db, scene.agent, {
        ticketId,
        kind: 'register',
        evidence: 'Extract of the company register, seen by video',
      }),
    )
    const [proof] = await desk.owner<{ id: string }[]>`select id from proofs where ticket_id = ${ticketId}`
    expect(refusalOf(await confirmProof(desk.db, scene.agent, { ticketId, proofId: proof?.id ?? '' }))).toBe(
      'R13 second_agent_needed',
    )
    expect(refusalOf(await consent(scene, ticketId, {}, owner))).toBe('R13 step_up_needed')
    taken(await confirmProof(desk.db, scene.agent2, { ticketId, proofId: proof?.id ?? '' }))
    expect(refusalOf(await consent(scene, ticketId, {}, scene.agent))).toBe('not_allowed')
    expect(taken(await consent(scene, ticketId, {}, owner)).state).toBe('checkingPlan')
    expect(await openConsents(ticketId)).toMatchObject([{ method: 'recorded_proof' }])
  })

  test('R13 the proof counts also where a code of an hour ago, or an app of an hour, would not', async () => {
    for (const stepUp of [
      { method: 'totp', at: inHours(-1), enrolledAt: inHours(-1000) },
      { method: 'totp', at: inHours(0), enrolledAt: inHours(-1) },
    ] as const) {
      const scene = await makeScene(desk.db, { scope: 'full' })
      const ticketId = await ticketIn(desk.db, scene, 'verifyingOwner')
      taken(await recordProof(desk.db, scene.agent, { ticketId, kind: 'register', evidence: 'Extract, seen by video' }))
      const [proof] = await desk.owner<{ id: string }[]>`select id from proofs where ticket_id = ${ticketId}`
      taken(await confirmProof(desk.db, scene.agent2, { ticketId, proofId: proof?.id ?? '' }))
      expect(taken(await consent(scene, ticketId, {}, { ...scene.owner, stepUp })).state).toBe('checkingPlan')
      expect(await openConsents(ticketId)).toMatchObject([{ method: 'recorded_proof' }])
    }
  })
})

test('S83 whatever an agent, approver or admin sends, none of it gets past the owner', async () => {
  const scene = await makeScene(desk.db)
  const ticketId = await ticketIn(desk.db, scene, 'verifyingOwner')
  for (const who of [scene.agent, scene.approver, scene.admin]) {
    expect(refusalOf(await consent(scene, ticketId, {}, who))).toBe('not_allowed')
    expect(refusalOf(await approveRestore(desk.db, who, { ticketId, digest: digestOf(scene) }))).not.toBe('allowed')
  }
  expect((await ticketRow(desk.db, ticketId)).state).toBe('verifyingOwner')
})

test('S7 “this was not me” freezes the ticket until an administrator has looked', async () => {
  const scene = await makeScene(desk.db)
  const ticketId = await ticketIn(desk.db, scene, 'scheduled')
  expect(taken(await reportNotMe(desk.db, scene.owner, { ticketId })).state).toBe('verifyingOwner')
  expect(refusalOf(await consent(scene, ticketId))).toBe('ticket_frozen')
  expect(await mailsOf(ticketId)).toContainEqual(expect.stringMatching(/^not_me_reported/))
  expect(refusalOf(await liftFreeze(desk.db, scene.agent, { ticketId, reason: 'spoke to them' }))).toBe('not_allowed')
  taken(await liftFreeze(desk.db, scene.admin, { ticketId, reason: 'spoke to them' }))
  taken(await consent(scene, ticketId))
})
