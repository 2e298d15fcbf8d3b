import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tickets } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { cloneDatabase, serverUrl, type TestDatabase } from '#db/testing/databases.ts'
import { planPort } from '#lib/billing/plan-port.ts'
import { findUnfitProtection } from '#lib/snapshots/check-protection.ts'
import { computePreview } from '#lib/snapshots/compute-preview.ts'
import { portalAtHand } from '#lib/snapshots/portal-at-hand.ts'
import { protectionOf } from '#lib/snapshots/protected-data.ts'
import { requestPreview } from '#lib/snapshots/request-preview.ts'
import { approveRestore } from '#lib/tickets/approve-restore.ts'
import { executeRun } from '#lib/tickets/execute-run.ts'
import { fireTimer } from '#lib/tickets/fire-timer.ts'
import { readLog, replayLog, verifyChain } from '#lib/tickets/log.ts'
import { requestUndo } from '#lib/tickets/request-undo.ts'
import { retryRestore } from '#lib/tickets/retry-restore.ts'
import { lifeOf } from '#lib/tickets/ticket-row.ts'
import { protectedData } from './protected-data.ts'
import { demoId } from './secrets.ts'
import { seedDemo } from './seed.ts'
import { stories } from './stories.ts'
import { castOf } from './tickets/cast.ts'

const portals = ['heron', 'kite', 'lark']
const said: string[] = []
let desk: TestDatabase
let dataDir: string
const authSecret = 'a secret of the test, thirty-two long'

beforeAll(async () => {
  desk = await cloneDatabase()
  dataDir = await mkdtemp(join(tmpdir(), 'demo-'))
  await seedDemo({
    adminUrl: serverUrl(),
    deskUrl: desk.url,
    authSecret,
    appUrl: 'http://localhost:3000',
    dataDir,
    large: false,
    say: (text) => said.push(text),
    portals,
  })
}, 240_000)

afterAll(async () => {
  const admin = postgres(serverUrl(), { max: 1, onnotice: () => undefined })
  const copies = await desk.owner<{ name: string }[]>`select database_name as name from snapshots where database_name is not null`
  for (const { name } of [...copies, ...portals.map((portal) => ({ name: `portal_${portal}` }))]) {
    await admin.unsafe(`drop database if exists "${name}" with (force)`)
  }
  for (const portal of portals) await admin.unsafe(`drop role if exists portal_${portal}`)
  await admin.end()
  await desk.drop()
  await rm(dataDir, { recursive: true })
})

describe('restore points', () => {
  test('S27 seven days of them, real databases that nobody can enter, one day a hole with its reason and a resolved alert', async () => {
    const rows = await desk.owner`
      select p.external_id as portal, count(*) filter (where s.state = 'ready')::int as ready, count(*) filter (where s.state = 'failed')::int as holes,
        count(*) filter (where s.state = 'ready' and not d.datallowconn)::int as closed,
        count(*) filter (where s.changes is not null)::int as told
      from snapshots s join portals p on p.id = s.portal_id left join pg_database d on d.datname = s.database_name
      where s.label = 'daily' and s.state in ('ready', 'failed') group by 1 order by 1`
    expect(rows).toEqual([
      { portal: 'heron', ready: 6, holes: 1, closed: 6, told: 5 },
      { portal: 'kite', ready: 7, holes: 0, closed: 7, told: 6 },
      { portal: 'lark', ready: 7, holes: 0, closed: 7, told: 6 },
    ])
    expect(await desk.owner`select kind, resolved_at is not null as resolved from alerts`).toEqual([
      { kind: 'capture_failed', resolved: true },
    ])
  })

  test('S32 none is past its retention, and none is dated ahead', async () => {
    const [row] = await desk.owner`
      select count(*)::int as wrong from snapshots where state = 'ready' and (completed_at < now() - interval '7 days' or completed_at > now())`
    expect(row).toEqual({ wrong: 0 })
  })
})

describe('tickets', () => {
  test('I6, I11 each record’s chain holds, and replaying it gives the ticket’s row', async () => {
    const rows = await scoped(desk.db, 'system', (tx) => tx.select().from(tickets))
    expect(rows.length).toBeGreaterThan(6)
    for (const row of rows) {
      const log = await scoped(desk.db, 'system', (tx) => readLog(tx, row.id))
      expect(verifyChain(log)).toBeNull()
      const replayed = replayLog(log)
      expect(replayed.state).toBe(row.state)
      expect(replayed.context).toEqual(lifeOf(row).context)
    }
  })

  test('numbers rise with time', async () => {
    const [row] = await desk.owner`
      select count(*)::int as backwards from (select opened_at, lag(opened_at) over (order by number) as before from tickets) t where opened_at < before`
    expect(row).toEqual({ backwards: 0 })
  })

  test('under way: one awaits approval on a held restore point, one failed and holds on, one is restored and can be undone', async () => {
    const rows = await desk.owner`
      select p.external_id as portal, t.state, exists (select from holds h where h.ticket_id = t.id and h.released_at is null and h.until > now()) as held,
        (select r.state from runs r where r.ticket_id = t.id) as run
      from tickets t join portals p on p.id = t.portal_id where t.closed_at is null order by 1`
    expect(rows).toEqual([
      { portal: 'heron', state: 'awaitingApproval', held: true, run: null },
      { portal: 'kite', state: 'restoreFailed', held: true, run: 'failed' },
      { portal: 'lark', state: 'restored', held: true, run: 'succeeded' },
    ])
  })

  test('R6 what a ticket under way tells was there when it was compared: no record of its preview is dated later', async () => {
    const rows = await desk.owner<{ ahead: number; told: number }[]>`
      select count(*)::int as told, count(*) filter (where (e->>'when')::timestamptz > (p.report->>'comparedAt')::timestamptz)::int as ahead
      from tickets t join previews p on p.id = t.preview_id, jsonb_array_elements(p.report->'examples') e
      where t.closed_at is null and e->>'when' is not null`
    expect(rows[0]?.ahead).toBe(0)
    expect(rows[0]?.told).toBeGreaterThan(0)
  })

  test('no story is left with a day still to be told', async () => {
    const [row] = await desk.owner`
      select count(*)::int as untold from (select subject || reason as words from tickets union all select body from messages) w where words like '%{%}%'`
    expect(row).toEqual({ untold: 0 })
  })

  test('the restored portal really has its deals again', async () => {
    const url = new URL(serverUrl())
    url.pathname = '/portal_lark'
    const lark = postgres(url.href, { max: 1 })
    const [row] = await lark<{ lost: number }[]>`select count(*)::int as lost from intranet.audit_log a
      where a.action = 'delete' and a.entity = 'deals' and not exists (select from crm.deals d where d.id = a.entity_id)`
    await lark.end()
    expect(row?.lost).toBeLessThan(3)
  })

  test('no mail of the past waits to be sent, and no job of the past to be run', async () => {
    const [mails] = await desk.owner<
      { waiting: number; all: number }[]
    >`select count(*) filter (where sent_at is null)::int as waiting, count(*)::int as all from mail_outbox where ticket_id in (select id from tickets where closed_at is not null)`
    expect(mails?.waiting).toBe(0)
    expect(mails?.all).toBeGreaterThan(10)
    const [jobs] =
      await desk.owner`select count(*)::int as due from graphile_worker.jobs where run_at < now() and task_identifier <> 'sendMail'`
    expect(jobs).toEqual({ due: 0 })
  })

  test('the demo’s clock is gone when the seed is done', async () => {
    expect(await desk.owner`select nspname from pg_namespace where nspname = 'demo_clock'`).toEqual([])
  })
})

describe('what is under way goes on from where it stands', () => {
  const work = { workerId: 'test', signal: new AbortController().signal, observe: async () => undefined }

  async function live(portal: string) {
    const [row] = await desk.owner<{ id: string; preview: string; digest: string }[]>`
      select t.id, t.preview_id as preview, v.digest from tickets t join portals p on p.id = t.portal_id join previews v on v.id = t.preview_id
      where p.external_id = ${portal} and t.closed_at is null`
    if (!row) throw new Error(`nothing is under way at ${portal}`)
    return row
  }
  async function stateAfterRun(ticketId: string): Promise<string> {
    const [run] = await desk.owner<{ id: string }[]>`select id from runs where ticket_id = ${ticketId} and state = 'queued'`
    if (!run) throw new Error('no run was made')
    await executeRun(desk.db, run.id, { ...work, dataDir, authSecret })
    const [row] = await desk.owner<{ state: string }[]>`select state from tickets where id = ${ticketId}`
    return row?.state ?? ''
  }

  test('the one that awaits approval is approved by somebody else and restored, the whole portal', async () => {
    const ticket = await live('heron')
    const cast = castOf({ portal: 'heron', requester: 'rafael' }, new Date())
    const approver = cast.proved(cast.desk('viktor'), new Date())
    expect(await approveRestore(desk.db, approver, { ticketId: ticket.id, digest: ticket.digest })).toMatchObject({
      ok: true,
      ticket: { state: 'scheduled' },
    })
    const [row] = await desk.owner<
      { due: string }[]
    >`select payload->>'due' as due from graphile_worker._private_jobs where payload->>'timer' = 'windowOpens' and payload->>'ticketId' = ${ticket.id}`
    const { planOf } = planPort(desk.db, { demo: true, appUrl: 'http://localhost:3000' })
    await fireTimer(desk.db, { ticketId: ticket.id, timer: 'windowOpens', due: row?.due ?? '' }, planOf)
    expect(await stateAfterRun(ticket.id)).toBe('restored')
  })

  test('the one that failed is tried again and restored', async () => {
    const ticket = await live('kite')
    const agent = castOf({ portal: 'kite', requester: 'joana' }, new Date()).desk('nadia')
    const retried = await retryRestore(desk.db, agent, { ticketId: ticket.id })
    expect(retried).toMatchObject({ ok: true, ticket: { state: 'scheduled' } })
    const [row] = await desk.owner<
      { due: string }[]
    >`select payload->>'due' as due from graphile_worker._private_jobs where payload->>'timer' = 'windowOpens' and payload->>'ticketId' = ${ticket.id}`
    const { planOf } = planPort(desk.db, { demo: true, appUrl: 'http://localhost:3000' })
    await fireTimer(desk.db, { ticketId: ticket.id, timer: 'windowOpens', due: row?.due ?? '' }, planOf)
    expect(await stateAfterRun(ticket.id)).toBe('restored')
  })

  test('S57 the restored one is undone, with a preview of its own', async () => {
    const ticket = await live('lark')
    const [run] = await desk.owner<
      { portalId: string; safety: string }[]
    >`select portal_id as "portalId", safety_snapshot_id as safety from runs where ticket_id = ${ticket.id}`
    if (!run) throw new Error('no run')
    const preview = await scoped(desk.db, 'system', (tx) =>
      requestPreview(tx, {
        portalId: run.portalId,
        snapshotId: run.safety,
        scope: 'crm',
        purpose: 'undo',
        policyVersion: 1,
        requestedBy: null,
      }),
    )
    if (!preview) throw new Error('no preview')
    const computed = await computePreview(desk.db, preview.previewId, work.signal)
    if (computed?.state !== 'ready') throw new Error('the preview is not ready')
    const cast = castOf({ portal: 'lark', requester: 'yasmin' }, new Date())
    const owner = cast.proved(cast.owner, new Date())
    const yes = {
      previewId: preview.previewId,
      digest: computed.digest,
      typedName: 'Lark Print Works',
      shownText: 'I agree',
      locale: 'en' as const,
    }
    expect(await requestUndo(desk.db, owner, { ticketId: ticket.id, ...yes })).toMatchObject({
      ok: true,
      ticket: { state: 'undoing' },
    })
    expect(await stateAfterRun(ticket.id)).toBe('undone')
  })
})

describe('people', () => {
  test('every portal has exactly one owner, and each desk role is held', async () => {
    const [row] = await desk.owner`
      select (select count(*)::int from portals) as portals, (select count(*)::int from ownerships where to_at is null) as owners,
        (select count(*)::int from users where 'agent' = any(desk_roles)) as agents, (select count(*)::int from users where 'approver' = any(desk_roles)) as approvers,
        (select count(*)::int from users where 'admin' = any(desk_roles)) as admins`
    expect(row).toEqual({ portals: 12, owners: 12, agents: 3, approvers: 4, admins: 1 })
  })

  test('S64 S67 S68 what a restore leaves as it is today is configured, and every table and column of it is there', async () => {
    const hands = await scoped(desk.db, 'system', (tx) => Promise.all(portals.map((portal) => portalAtHand(tx, demoId(portal)))))
    for (const hand of hands) {
      if (!hand) throw new Error('nothing of it is held here')
      expect(hand.portal.protectedData).toEqual(protectedData)
      expect(await findUnfitProtection(hand.ref, protectionOf(protectedData))).toEqual([])
    }
  })

  test('everybody whom a story names can sign in', async () => {
    for (const step of stories.flatMap((story) => story.steps)) {
      const [found] = await desk.owner`select count(*)::int as people from users where email = ${step.person}`
      expect({ person: step.person, ...found }).toEqual({ person: step.person, people: 1 })
    }
  })
})
