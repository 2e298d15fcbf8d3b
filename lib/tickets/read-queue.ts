import { and, desc, eq, isNull, type SQL, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db, Tx } from '#db/client.ts'
import { isLive, lethalOrder, portals, tickets, users } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { actorKey, type Person } from '#lib/domain/actor.ts'
import { databaseNow } from './database-clock.ts'

/** Saved views of the desk's queue, in the order of its tabs. Each is a URL: `/desk?view=unassigned`. */
export const queueViews = [
  'all',
  'mine',
  'unassigned',
  'owner',
  'upgrade',
  'approve',
  'expiring',
  'running',
  'failed',
  'closed',
] as const
export type QueueView = (typeof queueViews)[number]

/** What a queue's address may say. Anything else in it falls back to the default, so that an old bookmark still opens (S115). */
export const queueQuerySchema = z.object({
  view: z.enum(queueViews).catch('all'),
  q: z.string().trim().max(200).catch(''),
  scope: z.enum(['crm', 'full']).optional().catch(undefined),
  cursor: z.string().max(200).optional().catch(undefined),
})
export type QueueQuery = z.infer<typeof queueQuerySchema>

export type QueueRow = {
  id: string
  number: number
  version: number
  subject: string
  portal: { id: string; name: string; plan: string }
  requester: string
  assignee: { id: string; name: string } | null
  scope: 'crm' | 'full'
  state: string
  turn: string
  lethalAt: Date | null
  lethalClock: string | null
  closed: boolean
  openedAt: Date
  updatedAt: Date
}
/** `now` is the database's clock: pages count from it. */
export type Queue = { now: Date; rows: QueueRow[]; nextCursor: string | null; counts: Record<QueueView, number> }

/** Rows of a page, and where counting a view stops: `100` is shown as "99+", so that no page grows with the number of tickets. */
const pageSize = 50
export const countsAtMost = 100

/** One page of the queue, what dies first on top, with the views' counts. Customers get nothing: the desk is for staff. */
export async function readQueue(db: Db, actor: Person, query: QueueQuery): Promise<Queue | null> {
  if (actor.deskRoles.length === 0) return null
  return scoped(db, actorKey(actor), async (tx) => {
    const rows = await readPage(tx, actor, query)
    const last = rows.length > pageSize ? rows[pageSize - 1] : undefined
    return {
      now: new Date(await databaseNow(tx)),
      rows: rows.slice(0, pageSize),
      nextCursor: last ? writeCursor(last, query.view) : null,
      counts: await countViews(tx, actor),
    }
  })
}

/** What waits for an approval that this approver may give, soonest to expire first: not asked for, handled, owned or voted on by them (R9). */
export async function readApprovals(db: Db, actor: Person): Promise<{ now: Date; rows: QueueRow[] } | null> {
  if (!actor.deskRoles.includes('approver')) return null
  return scoped(db, actorKey(actor), async (tx) => {
    const rows = await readPage(tx, actor, queueQuerySchema.parse({ view: 'approve' }), mayDecide(actor))
    return { now: new Date(await databaseNow(tx)), rows: rows.slice(0, pageSize) }
  })
}

function mayDecide({ userId }: Person): SQL {
  return sql`${tickets.requesterId} <> ${userId}
    and not (${tickets.machineState} -> 'handlerIds' @> to_jsonb(${userId}::text))
    and ${tickets.machineState} ->> 'ownerId' <> ${userId}
    and not exists (select from votes v where v.ticket_id = ${tickets.id} and v.approver_id = ${userId} and v.voided_at is null)`
}

function readPage(tx: Tx, actor: Person, query: QueueQuery, only?: SQL): Promise<QueueRow[]> {
  const assignee = tx.select({ id: users.id, name: users.name }).from(users).as('assignee')
  const requester = tx.select({ id: users.id, name: users.name }).from(users).as('requester')
  return tx
    .select({
      id: tickets.id,
      number: tickets.number,
      version: tickets.version,
      subject: tickets.subject,
      portal: { id: portals.id, name: portals.name, plan: portals.plan },
      requester: sql<string>`coalesce(${requester.name}, '')`,
      assignee: { id: assignee.id, name: sql<string>`coalesce(${assignee.name}, '')` },
      scope: tickets.scope,
      state: tickets.state,
      turn: tickets.turn,
      lethalAt: tickets.lethalAt,
      lethalClock: tickets.lethalClock,
      closed: sql<boolean>`not (${isLive})`,
      openedAt: tickets.openedAt,
      updatedAt: tickets.updatedAt,
    })
    .from(tickets)
    .innerJoin(portals, eq(portals.id, tickets.portalId))
    .innerJoin(requester, eq(requester.id, tickets.requesterId))
    .leftJoin(assignee, eq(assignee.id, tickets.assigneeId))
    .where(and(inView(query.view, actor), matches(query.q), query.scope && eq(tickets.scope, query.scope), after(query), only))
    .orderBy(...(query.view === 'closed' ? [desc(tickets.number)] : [lethalOrder, tickets.number]))
    .limit(pageSize + 1)
}

function inView(view: QueueView, actor: Person): SQL | undefined {
  switch (view) {
    case 'all':
      return isLive
    case 'mine':
      return and(isLive, eq(tickets.assigneeId, actor.userId))
    case 'unassigned':
      return and(isLive, isNull(tickets.assigneeId))
    case 'owner':
      return and(isLive, eq(tickets.state, 'verifyingOwner'))
    case 'upgrade':
      return and(isLive, eq(tickets.state, 'awaitingUpgrade'))
    case 'approve':
      return and(isLive, eq(tickets.state, 'awaitingApproval'))
    case 'expiring':
      return and(isLive, sql`${lethalOrder} < now() + interval '24 hours'`)
    case 'running':
      return and(isLive, sql`${tickets.state} in ('scheduled', 'restoring', 'undoing')`)
    case 'failed':
      return and(isLive, eq(tickets.state, 'restoreFailed'))
    case 'closed':
      return sql`not (${isLive})`
  }
}

/** By number (`1042`, `#1042`), by words of subject and reason, or by the portal's name; each way has an index or a small table. */
function matches(q: string): SQL | undefined {
  if (q === '') return undefined
  const number = /^#?(\d{1,15})$/.exec(q)?.[1]
  if (number) return eq(tickets.number, Number(number))
  const named = `%${q.replaceAll(/[\\%_]/g, '\\$&')}%`
  return sql`${tickets.id} in (
    select found.id from tickets found where to_tsvector('simple', found.subject || ' ' || found.reason) @@ websearch_to_tsquery('simple', ${q})
    union select found.id from tickets found join portals p on p.id = found.portal_id where p.name ilike ${named} or p.external_id ilike ${named})`
}

const cursorSchema = z.object({
  view: z.enum(queueViews),
  at: z.union([z.literal('infinity'), z.iso.datetime({ precision: 3 })]),
  number: z.int(),
})

function writeCursor(last: QueueRow, view: QueueView): string {
  return Buffer.from(JSON.stringify({ view, at: last.lethalAt?.toISOString() ?? 'infinity', number: last.number })).toString(
    'base64url',
  )
}

/** A forged or foreign cursor is no cursor: the first page is shown (S115). */
function after(query: QueueQuery): SQL | undefined {
  if (!query.cursor) return undefined
  const cursor = parseCursor(query.cursor)
  if (cursor?.view !== query.view) return undefined
  if (query.view === 'closed') return sql`${tickets.number} < ${cursor.number}`
  return sql`(${lethalOrder}, ${tickets.number}) > (${cursor.at}::timestamptz, ${cursor.number}::bigint)`
}

function parseCursor(text: string): z.infer<typeof cursorSchema> | null {
  try {
    return cursorSchema.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')))
  } catch (error) {
    if (error instanceof z.ZodError || error instanceof SyntaxError) return null
    throw error
  }
}

/** All views in one round trip; each stops at `countsAtMost`. */
async function countViews(tx: Tx, actor: Person): Promise<Record<QueueView, number>> {
  const counted = queueViews.map(
    (view) => sql`(select count(*)::int from (select from tickets where ${inView(view, actor)} limit ${countsAtMost}) counted)`,
  )
  const [row] = await tx.execute<{ counts: number[] }>(sql`select array[${sql.join(counted, sql`, `)}] as counts`)
  const counts = row?.counts ?? []
  const of = (view: QueueView) => counts[queueViews.indexOf(view)] ?? 0
  return {
    all: of('all'),
    mine: of('mine'),
    unassigned: of('unassigned'),
    owner: of('owner'),
    upgrade: of('upgrade'),
    approve: of('approve'),
    expiring: of('expiring'),
    running: of('running'),
    failed: of('failed'),
    closed: of('closed'),
  }
}
