import { and, asc, desc, eq, gt, isNull, lt, type SQL, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db, Tx } from '#db/client.ts'
import { isLive, lethalOrder, portals, tickets, users } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { actorKey, type Person } from '#lib/domain/actor.ts'
import { type Scope, scopes } from '#lib/domain/policy/policy.ts'
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
  'scheduled',
  'running',
  'failed',
  'closed',
] as const
export type QueueView = (typeof queueViews)[number]

/** What a queue's address may say. Anything else in it falls back to the default, so that an old bookmark still opens (S115). */
export const queueQuerySchema = z.object({
  view: z.enum(queueViews).catch('all'),
  q: z.string().trim().max(200).catch(''),
  scope: z.enum(scopes).optional().catch(undefined),
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
  scope: Scope
  state: string
  turn: string
  lethalAt: Date | null
  lethalClock: string | null
  closed: boolean
  openedAt: Date
  updatedAt: Date
}
/** `now` is the database's clock: pages count from it. */
export type Queue = {
  now: Date
  rows: QueueRow[]
  previousCursor: string | null
  nextCursor: string | null
  counts: Record<QueueView, number>
}

/** Rows of a page, and where counting a view stops: `100` is shown as "99+", so that no page grows with the number of tickets. */
const pageSize = 50
export const countsAtMost = 100

/** One page of the queue, what dies first on top, with the views' counts. Customers get nothing: the desk is for staff. */
export async function readQueue(db: Db, actor: Person, query: QueueQuery): Promise<Queue | null> {
  if (actor.deskRoles.length === 0) return null
  return scoped(db, actorKey(actor), async (tx) => {
    const { rows, isFirst } = await readPage(tx, actor, query)
    const full = rows.length === pageSize
    return {
      now: new Date(await databaseNow(tx)),
      rows,
      previousCursor: isFirst ? null : await cursorBeyond(tx, actor, query, { row: rows[0], way: 'before' }),
      nextCursor: full ? await cursorBeyond(tx, actor, query, { row: rows.at(-1), way: 'after' }) : null,
      counts: await countViews(tx, actor, query),
    }
  })
}

/** What waits for an approval that this approver may give, soonest to expire first: not asked for, handled, owned or voted on by them (R9). */
export async function readApprovals(db: Db, actor: Person): Promise<{ now: Date; rows: QueueRow[] } | null> {
  if (!actor.deskRoles.includes('approver')) return null
  return scoped(db, actorKey(actor), async (tx) => {
    const rows = await readRows(tx, actor, queueQuerySchema.parse({ view: 'approve' }), { only: mayDecide(actor) })
    return { now: new Date(await databaseNow(tx)), rows }
  })
}

function mayDecide({ userId }: Person): SQL {
  return sql`${tickets.requesterId} <> ${userId}
    and not (${tickets.machineState} -> 'handlerIds' @> to_jsonb(${userId}::text))
    and ${tickets.machineState} ->> 'ownerId' <> ${userId}
    and not exists (select from votes v where v.ticket_id = ${tickets.id} and v.approver_id = ${userId} and v.voided_at is null)`
}

/** Tickets come and go between two clicks: a page that is no longer full towards the front, or empty, is the first one. */
async function readPage(tx: Tx, actor: Person, query: QueueQuery): Promise<{ rows: QueueRow[]; isFirst: boolean }> {
  const cursor = cursorOf(query)
  const rows = await readRows(tx, actor, query, { cursor })
  if (cursor === null) return { rows, isFirst: true }
  const whole = cursor.way === 'before' ? rows.length === pageSize : rows.length > 0
  return whole ? { rows, isFirst: false } : { rows: await readRows(tx, actor, query), isFirst: true }
}

/** Where the page on that side begins, or null where there is nothing on it. */
async function cursorBeyond(
  tx: Tx,
  actor: Person,
  query: QueueQuery,
  { row, way }: { row: QueueRow | undefined; way: Cursor['way'] },
): Promise<string | null> {
  if (row === undefined) return null
  const cursor: Cursor = { view: query.view, way, at: row.lethalAt?.toISOString() ?? 'infinity', number: row.number }
  const [beyond] = await readRows(tx, actor, query, { cursor, atMost: 1 })
  return beyond === undefined ? null : Buffer.from(JSON.stringify(cursor)).toString('base64url')
}

/** Rows of a view in its order, from the cursor on; those before it are read backwards and turned round. */
async function readRows(
  tx: Tx,
  actor: Person,
  query: QueueQuery,
  { cursor = null, atMost = pageSize, only }: { cursor?: Cursor | null; atMost?: number; only?: SQL } = {},
): Promise<QueueRow[]> {
  const assignee = tx.select({ id: users.id, name: users.name }).from(users).as('assignee')
  const requester = tx.select({ id: users.id, name: users.name }).from(users).as('requester')
  const backwards = cursor?.way === 'before'
  const rows = await tx
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
    .where(and(inView(query.view, actor), matches(query.q), inScope(query.scope), beyond(cursor), only))
    .orderBy(...orderOf(query.view, backwards))
    .limit(atMost)
  return backwards ? rows.toReversed() : rows
}

/** What dies first on top; of what has ended the newest. */
function orderOf(view: QueueView, backwards: boolean): SQL[] {
  if (view === 'closed') return [backwards ? asc(tickets.number) : desc(tickets.number)]
  return backwards ? [sql`${lethalOrder} desc`, desc(tickets.number)] : [lethalOrder, asc(tickets.number)]
}

const inScope = (scope: QueueQuery['scope']): SQL | undefined => (scope === undefined ? undefined : eq(tickets.scope, scope))

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
    case 'scheduled':
      return and(isLive, eq(tickets.state, 'scheduled'))
    case 'running':
      return and(isLive, sql`${tickets.state} in ('restoring', 'undoing')`)
    case 'failed':
      return and(isLive, eq(tickets.state, 'restoreFailed'))
    case 'closed':
      return sql`not (${isLive})`
  }
}

function matches(q: string): SQL | undefined {
  return q === '' ? undefined : sql`${tickets.id} in (${foundBy(q)})`
}

/** By number (`1042`, `#1042`), by words of subject and reason, or by the portal's name; each way has an index or a small table. */
function foundBy(q: string): SQL {
  const number = /^#?(\d{1,15})$/.exec(q)?.[1]
  if (number) return sql`select found.id from tickets found where found.number = ${Number(number)}`
  const named = `%${q.replaceAll(/[\\%_]/g, '\\$&')}%`
  return sql`select found.id from tickets found where to_tsvector('simple', found.subject || ' ' || found.reason) @@ websearch_to_tsquery('simple', ${q})
    union select found.id from tickets found join portals p on p.id = found.portal_id where p.name ilike ${named} or p.external_id ilike ${named}`
}

/** The edge of a page: what lies after or before this row in the view's order. */
const cursorSchema = z.object({
  view: z.enum(queueViews),
  way: z.enum(['after', 'before']),
  at: z.union([z.literal('infinity'), z.iso.datetime({ precision: 3 })]),
  number: z.int(),
})
type Cursor = z.infer<typeof cursorSchema>

function beyond(cursor: Cursor | null): SQL | undefined {
  if (cursor === null) return undefined
  const { view, at, number } = cursor
  const after = cursor.way === 'after'
  if (view === 'closed') return after ? lt(tickets.number, number) : gt(tickets.number, number)
  const [row, edge] = [sql`(${lethalOrder}, ${tickets.number})`, sql`(${at}::timestamptz, ${number}::bigint)`]
  return after ? sql`${row} > ${edge}` : sql`${row} < ${edge}`
}

/** A forged or foreign cursor is no cursor: the first page is shown (S115). */
function cursorOf({ view, cursor }: QueueQuery): Cursor | null {
  const parsed = cursor === undefined ? null : parseCursor(cursor)
  return parsed?.view === view ? parsed : null
}

function parseCursor(text: string): Cursor | null {
  try {
    return cursorSchema.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')))
  } catch (error) {
    if (error instanceof z.ZodError || error instanceof SyntaxError) return null
    throw error
  }
}

/** How many tickets each view shows under this search and scope, in one round trip; each count stops at `countsAtMost`. */
async function countViews(tx: Tx, actor: Person, { q, scope }: QueueQuery): Promise<Record<QueueView, number>> {
  // What is searched for is looked up once, not once a view.
  const searched = q === '' ? sql`` : sql`with searched as materialized (${foundBy(q)}) `
  const inSearch = q === '' ? undefined : sql`${tickets.id} in (select id from searched)`
  const counted = queueViews.map((view) => {
    const shown = and(inView(view, actor), inSearch, inScope(scope))
    return sql`(select count(*)::int from (select from tickets where ${shown} limit ${countsAtMost}) counted)`
  })
  const [row] = await tx.execute<{ counts: number[] }>(sql`${searched}select array[${sql.join(counted, sql`, `)}] as counts`)
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
    scheduled: of('scheduled'),
    running: of('running'),
    failed: of('failed'),
    closed: of('closed'),
  }
}
