import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cloneDatabase, type TestDatabase } from '#db/testing/databases.ts'
import { makePreview, makeSnapshot } from '#db/testing/factories.ts'
import { systemActor } from '#lib/domain/actor.ts'
import type { TicketEvent } from '#lib/domain/events.ts'
import { cancelRun } from './cancel-run.ts'
import { cancelTicket } from './cancel-ticket.ts'
import { chooseSnapshot } from './choose-snapshot.ts'
import { closeTicket } from './close-ticket.ts'
import { confirmRestored } from './confirm-restored.ts'
import { dispatch } from './dispatch.ts'
import { requestUndo } from './request-undo.ts'
import { retryRestore } from './retry-restore.ts'
import { begin, fail, makeScene, open, refusalOf, runOf, type Scene, taken, ticketIn, ticketRow, words } from './testing/desk.ts'
import { lifeOf } from './ticket-row.ts'

let desk: TestDatabase
beforeAll(async () => {
  desk = await cloneDatabase()
})
afterAll(() => desk.drop())

const tell = async (ticketId: string, event: TicketEvent) => dispatch(desk.db, systemActor('worker'), { ticketId, event })
const end = (ticketId: string, state: string) =>
  desk.owner`update runs set state = ${state} where ticket_id = ${ticketId} and state in ('queued','running')`
const another = async (scene: Scene) => {
  const snapshot = await makeSnapshot(desk.db, scene.portal)
  return { snapshotId: snapshot.id, previewId: (await makePreview(desk.db, snapshot)).id }
}

describe('S60 cancelling a run', () => {
  test('asks it to stop; it stops before the commit, and the portal’s ticket can be tried again', async () => {
    const scene = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'restoring')
    expect(taken(await cancelRun(desk.db, scene.owner, { ticketId })).state).toBe('restoring')
    const run = await runOf(desk.db, ticketId)
    expect(run.cancelRequestedAt).not.toBeNull()
    await end(ticketId, 'cancelled')
    expect(taken(await tell(ticketId, { type: 'RUN_CANCELLED', runId: run.id })).state).toBe('restoreFailed')
    expect((await runOf(desk.db, ticketId)).reportedAt).not.toBeNull()
    expect(taken(await retryRestore(desk.db, scene.owner, { ticketId })).state).toBe('scheduled')
  })

  test('after the commit says so, and offers undo', async () => {
    const scene = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'restoring')
    await desk.owner`update runs set committed_at = now() where ticket_id = ${ticketId}`
    const answer = await cancelRun(desk.db, scene.owner, { ticketId })
    expect(refusalOf(answer)).toBe('past_commit')
  })
})

describe('R11 S41 a base that has moved', () => {
  test('sends the owner a new preview: consent and votes are void, and no run is left', async () => {
    const scene = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'restoring')
    const fresh = await makePreview(desk.db, scene.snapshot)
    const run = await runOf(desk.db, ticketId)
    await end(ticketId, 'stale')
    const stale = { type: 'CONSENT_STALE', runId: run.id, previewId: fresh.id, digest: fresh.digest ?? '' } as const
    expect(taken(await tell(ticketId, stale)).state).toBe('verifyingOwner')
    const row = await ticketRow(desk.db, ticketId)
    expect(row.previewId).toBe(fresh.id)
    expect(lifeOf(row).context).toMatchObject({ consent: null, votes: [], run: null })
    const open = await desk.owner<
      { n: number }[]
    >`select count(*)::int as n from consents where ticket_id = ${ticketId} and voided_at is null`
    expect(open[0]?.n).toBe(0)
  })
})

describe('a failed run', () => {
  test('leaves the ticket where it can be retried, given another restore point, or closed', async () => {
    const scene = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'restoring')
    expect(taken(await fail(desk.db, ticketId, 'disk_full')).state).toBe('restoreFailed')
    const reasons = await desk.owner<
      { reason: string }[]
    >`select distinct data->>'reason' as reason from mail_outbox where ticket_id = ${ticketId} and template = 'restore_failed'`
    expect(reasons.map(({ reason }) => reason)).toEqual([expect.stringContaining('not enough free space')])
    expect(taken(await retryRestore(desk.db, scene.agent, { ticketId })).state).toBe('scheduled')
    await begin(desk.db, ticketId)
    taken(await fail(desk.db, ticketId))
    expect(taken(await closeTicket(desk.db, scene.requester, { ticketId })).state).toBe('closed')
  })

  test('tells its outcome once: a second telling finds the ticket gone on', async () => {
    const ticketId = await ticketIn(desk.db, await makeScene(desk.db), 'restoring')
    const run = await runOf(desk.db, ticketId)
    taken(await fail(desk.db, ticketId))
    expect(refusalOf(await tell(ticketId, { type: 'RUN_FAILED', runId: run.id, kind: 'error', detail: '' }))).toBe('not_now')
  })
})

describe('S58 the wrong day', () => {
  test('another restore point on the same ticket, with a new consent; the way back from the first stays open meanwhile', async () => {
    const scene = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'restored')
    const other = await another(scene)
    expect(taken(await chooseSnapshot(desk.db, scene.owner, { ticketId, ...other })).state).toBe('verifyingOwner')
    const { context } = lifeOf(await ticketRow(desk.db, ticketId))
    expect(context).toMatchObject({ consent: null, votes: [], snapshot: { id: other.snapshotId } })
    const held = await desk.owner<
      { snapshot_id: string }[]
    >`select snapshot_id from holds where ticket_id = ${ticketId} and released_at is null`
    expect(held.map((hold) => hold.snapshot_id).sort()).toEqual([other.snapshotId, context.undo?.safetySnapshotId].sort())
    // Thinking better of it leads back to where undo is offered, not to an end.
    expect(taken(await cancelTicket(desk.db, scene.owner, { ticketId })).state).toBe('restored')
  })

  test('R10 not while another ticket of the portal is live, and neither is an undo', async () => {
    const scene = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'restored')
    await open(desk.db, scene)
    expect(refusalOf(await chooseSnapshot(desk.db, scene.owner, { ticketId, ...(await another(scene)) }))).toBe(
      'R10 another_restore_live',
    )
    const { undo } = lifeOf(await ticketRow(desk.db, ticketId)).context
    const preview = await makePreview(
      desk.db,
      { id: undo?.safetySnapshotId ?? '', portalId: scene.portal.id },
      { purpose: 'undo' },
    )
    const asked = { ticketId, previewId: preview.id, digest: preview.digest ?? '', ...words(scene) }
    expect(refusalOf(await requestUndo(desk.db, scene.owner, asked))).toBe('R10 another_restore_live')
  })
})

describe('outcomes and mail', () => {
  test('S59 the state never depends on mail: what is told waits in the outbox of the same commit', async () => {
    const ticketId = await ticketIn(desk.db, await makeScene(desk.db), 'restored')
    const waiting = await desk.owner<
      { template: string; sent_at: Date | null }[]
    >`select template, sent_at from mail_outbox where ticket_id = ${ticketId} and template = 'restored'`
    expect(waiting.length).toBeGreaterThan(0)
    expect(waiting.every(({ sent_at }) => sent_at === null)).toBe(true)
    expect((await ticketRow(desk.db, ticketId)).state).toBe('restored')
  })

  test('the customer confirms: the ticket closes and every hold is released', async () => {
    const scene = await makeScene(desk.db)
    const ticketId = await ticketIn(desk.db, scene, 'restored')
    expect(taken(await confirmRestored(desk.db, scene.requester, { ticketId })).state).toBe('closed')
    const held = await desk.owner<
      { n: number }[]
    >`select count(*)::int as n from holds where ticket_id = ${ticketId} and released_at is null`
    expect(held[0]?.n).toBe(0)
  })
})
