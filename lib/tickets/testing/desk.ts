import { eq, sql } from 'drizzle-orm'
import postgres from 'postgres'
import { z } from 'zod'
import { applicationRole, type Db, drizzleOver } from '#db/client.ts'
import { ownerships, runs, tickets, users } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { makeMember, makePortal, makePreview, makeSnapshot, makeUser } from '#db/testing/factories.ts'
import { type DeskRole, type Person, type StepUpMethod, systemActor } from '#lib/domain/actor.ts'
import type { EventOf } from '#lib/domain/events.ts'
import type { TicketState, TimerName } from '#lib/domain/machine-context.ts'
import type { Scope } from '#lib/domain/policy/policy.ts'
import type { Refusal } from '#lib/domain/refusal.ts'
import { timersOf } from '#lib/domain/timers.ts'
import { approveRestore } from '../approve-restore.ts'
import { checkPlan } from '../check-plan.ts'
import { checkTicket } from '../check-ticket.ts'
import { type Dispatched, dispatch } from '../dispatch.ts'
import { fireTimer } from '../fire-timer.ts'
import { giveConsent } from '../give-consent.ts'
import { openTicket } from '../open-ticket.ts'
import { lifeOf } from '../ticket-row.ts'

// A portal with its people, and a ticket's way through the real door, for tests that start in the middle of it.

/** Since when a test's people have their authenticator, unless told: long before any cool-off. */
const longEnrolled = '2024-01-01T00:00:00.000Z'

type UserRow = { id: string; name?: string | null }

/** A person as their session would give them; `method` null is a session without a second step. */
export function person(user: UserRow, options: { roles?: DeskRole[]; method?: StepUpMethod | null; at?: Date } = {}): Person {
  const { roles = [], method = 'totp', at = new Date() } = options
  return {
    kind: 'person',
    userId: user.id,
    name: user.name ?? '',
    locale: 'en',
    timeZone: 'Europe/Warsaw',
    deskRoles: roles,
    stepUp:
      method === null
        ? null
        : {
            method,
            at: at.toISOString(),
            ...(method === 'mail_code' ? {} : { enrolledAt: longEnrolled }),
          },
  }
}

/** The same person with an authenticator that was set up then, a code of it just entered. */
export const enrolledSince = (who: Person, enrolledAt: string): Person => ({
  ...who,
  stepUp: { method: 'totp', at: new Date().toISOString(), enrolledAt },
})

export type Scene = Awaited<ReturnType<typeof makeScene>>

/** A paid portal with owner and member, a snapshot with its preview, and a desk of two agents, two approvers and an admin. */
export async function makeScene(db: Db, options: { scope?: Scope; userCount?: number; completedAt?: Date } = {}) {
  const { scope = 'crm', userCount = 12, completedAt } = options
  const { portal, owner } = await makePortal(db, { userCount })
  const snapshot = await makeSnapshot(db, portal, completedAt ? { completedAt, startedAt: completedAt } : {})
  const preview = await makePreview(db, snapshot, { scope })
  const staff = async (role: DeskRole) => person(await makeUser(db, { deskRoles: [role] }), { roles: [role] })
  return {
    portal,
    snapshot,
    preview,
    scope,
    owner: person(owner),
    requester: person(await makeMember(db, portal.id)),
    agent: await staff('agent'),
    agent2: await staff('agent'),
    admin: await staff('admin'),
    approver: await staff('approver'),
    approver2: await staff('approver'),
  }
}

export function taken(answer: Dispatched | null) {
  if (answer === null || !answer.ok) throw new Error(`refused: ${JSON.stringify(answer?.refusal)}`)
  return answer.ticket
}

/** `R4 not_owner`, or `allowed`. */
export function refusalOf(answer: { ok: true } | { ok: false; refusal: Refusal } | null): string {
  if (answer === null || answer.ok) return 'allowed'
  return [answer.refusal.rule, answer.refusal.code].filter(Boolean).join(' ')
}

export const words = (scene: Scene) => ({
  typedName: scene.portal.name,
  shownText: 'What was entered since is lost.',
  locale: 'en' as const,
})

export async function open(db: Db, scene: Scene, asker: Person = scene.requester) {
  const { portal, snapshot, preview, scope } = scene
  const wish = {
    portalId: portal.id,
    snapshotId: snapshot.id,
    previewId: preview.id,
    scope,
    subject: 'Deals are gone',
    reason: 'Somebody emptied the pipeline',
  }
  const opened = await openTicket(db, asker, wish)
  if (!opened.ok) throw new Error(`refused: ${JSON.stringify(opened.refusal)}`)
  return opened.ticket.id
}

export const paid = async () => ({ plan: 'business', paid: true, checkedAt: new Date().toISOString() })
export const unpaid = async () => ({ plan: 'free', paid: false, checkedAt: new Date().toISOString() })

/** Takes a new ticket to a state, through the door. */
export async function ticketIn(db: Db, scene: Scene, state: TicketState): Promise<string> {
  const ticketId = await open(db, scene)
  for (const [reached, step] of way(db, scene, ticketId)) {
    if (state === reached) return ticketId
    await step()
  }
  const row = await ticketRow(db, ticketId)
  if (row.state !== state) throw new Error(`the way ends in ${row.state}, not in ${state}`)
  return ticketId
}

function way(db: Db, scene: Scene, ticketId: string): [TicketState, () => Promise<unknown>][] {
  const { preview, owner, approver, approver2 } = scene
  const { id: previewId, digest } = preview
  if (digest === null) throw new Error('a preview without a digest')
  const approve = async () => {
    await approveRestore(db, approver, { ticketId, digest })
    if ((await ticketRow(db, ticketId)).state === 'awaitingApproval')
      taken(await approveRestore(db, approver2, { ticketId, digest }))
  }
  return [
    ['submitted', async () => taken(await checkTicket(db, { ticketId }))],
    ['verifyingOwner', async () => taken(await giveConsent(db, owner, { ticketId, previewId, digest, ...words(scene) }))],
    ['checkingPlan', async () => checkPlan(db, { ticketId }, paid)],
    ['awaitingApproval', approve],
    ['scheduled', async () => taken(await begin(db, ticketId))],
    ['restoring', async () => taken(await succeed(db, scene, ticketId))],
  ]
}

export async function begin(db: Db, ticketId: string, planOf: (portalId: string) => ReturnType<typeof paid> = paid) {
  const due = await timerDue(db, ticketId, 'windowOpens')
  return fireTimer(db, { ticketId, timer: 'windowOpens', due }, planOf)
}

/** The run ends well, as the worker would tell it. */
async function succeed(db: Db, scene: Scene, ticketId: string) {
  const safety = await makeSnapshot(db, scene.portal, { label: 'safety', verifiedAt: new Date() })
  const run = await runOf(db, ticketId)
  await scoped(db, 'system', (tx) =>
    tx.update(runs).set({ state: 'succeeded', safetySnapshotId: safety.id }).where(eq(runs.id, run.id)),
  )
  return dispatch(db, systemActor('worker'), {
    ticketId,
    event: { type: 'RUN_SUCCEEDED', runId: run.id, safetySnapshotId: safety.id },
  })
}

export async function fail(db: Db, ticketId: string, kind: EventOf<'RUN_FAILED'>['kind'] = 'error') {
  const run = await runOf(db, ticketId)
  await scoped(db, 'system', (tx) => tx.update(runs).set({ state: 'failed' }).where(eq(runs.id, run.id)))
  return dispatch(db, systemActor('worker'), { ticketId, event: { type: 'RUN_FAILED', runId: run.id, kind, detail: 'as told' } })
}

export async function runOf(db: Db, ticketId: string) {
  const rows = await scoped(db, 'system', (tx) =>
    tx.select().from(runs).where(eq(runs.ticketId, ticketId)).orderBy(sql`created_at desc`),
  )
  const [newest] = rows
  if (!newest) throw new Error('no run')
  return newest
}

export async function ticketRow(db: Db, ticketId: string) {
  const [row] = await scoped(db, 'system', (tx) => tx.select().from(tickets).where(eq(tickets.id, ticketId)))
  if (!row) throw new Error('no such ticket')
  return row
}

const job = z.object({
  task: z.string(),
  key: z.string().nullable(),
  payload: z.record(z.string(), z.string()),
  run_at: z.date(),
})

/** Jobs that wait, as graphile-worker keeps them. */
export async function jobsOf(owner: { unsafe: (query: string) => Promise<unknown> }, ticketId: string) {
  const rows = await owner.unsafe(`
    select t.identifier as task, j.key, j.payload, j.run_at from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
    where j.payload::text like '%${ticketId}%' order by j.run_at, j.key`)
  return z.array(job).parse(rows)
}

/** The instant a running timer is set for, as its job would say. */
export async function timerDue(db: Db, ticketId: string, timer: string): Promise<string> {
  const life = lifeOf(await ticketRow(db, ticketId))
  const due = timersOf(life.state, life.context).find((running) => running.timer === timer)?.due
  if (due === undefined) throw new Error(`timer ${timer} is not running in ${life.state}`)
  return due
}

/** As the vendor's directory would write it. */
export async function transferOwnership(db: Db, portalId: string, to: { userId: string }): Promise<void> {
  await scoped(db, 'system', async (tx) => {
    await tx.update(ownerships).set({ toAt: sql`clock_timestamp()` }).where(eq(ownerships.portalId, portalId))
    await tx.insert(ownerships).values({ portalId, userId: to.userId })
  })
}

export async function setRoles(db: Db, userId: string, deskRoles: DeskRole[]): Promise<void> {
  await scoped(db, 'system', (tx) => tx.update(users).set({ deskRoles }).where(eq(users.id, userId)))
}

export type Clocked = { db: Db; set: (at: Date | string) => Promise<void>; close: () => Promise<void> }

/**
 * The application's role on one connection whose database clock can be set. Deadlines are judged by that clock and no other (I13), so a test
 * of what happens after three days sets it, as a `clock_timestamp()` that is found before the built-in one.
 */
export async function clockedDesk(url: string): Promise<Clocked> {
  const owner = postgres(url, { max: 1, onnotice: () => undefined })
  await owner.unsafe(`create schema if not exists test_clock; grant usage on schema test_clock to ${applicationRole};
    create or replace function test_clock.clock_timestamp() returns timestamptz language sql stable as $$ select current_setting('test.now')::timestamptz $$`)
  await owner.end()
  const client = postgres(url, {
    max: 1,
    onnotice: () => undefined,
    connection: { role: applicationRole, search_path: 'test_clock, pg_catalog, public' },
  })
  // Not a transaction's own setting: it stays with the one connection.
  const set = async (at: Date | string) => {
    await client`select set_config('test.now', ${new Date(at).toISOString()}, false)`
  }
  await set(new Date())
  const db = drizzleOver(client)
  return { db, set, close: () => client.end() }
}

/** Rings a timer that is running at the very instant it is set for. */
export async function ring(
  desk: Clocked,
  ticketId: string,
  timer: TimerName,
  planOf: (portalId: string) => ReturnType<typeof paid> = paid,
) {
  const due = await timerDue(desk.db, ticketId, timer)
  await desk.set(due)
  return fireTimer(desk.db, { ticketId, timer, due }, planOf)
}
