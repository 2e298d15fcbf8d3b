import { and, eq, isNull, sql } from 'drizzle-orm'
import postgres from 'postgres'
import { applicationRole, type Db, drizzleOver } from '#db/client.ts'
import { mailOutbox, tickets } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import type { Actor } from '#lib/domain/actor.ts'
import type { TimerName } from '#lib/domain/machine-context.ts'
import { timersOf } from '#lib/domain/timers.ts'
import { type DispatchInput, dispatch } from '#lib/tickets/dispatch.ts'
import { cancelJob } from '#lib/tickets/enqueue-job.ts'
import { type OpenTicketInput, openTicket } from '#lib/tickets/open-ticket.ts'
import { lifeOf } from '#lib/tickets/ticket-row.ts'

/**
 * Where the past is played: the product's own door, on a connection whose clock can be set. Deadlines and entries are judged by the
 * database's clock and by nothing else (I13), so on this one connection, and nowhere else, that clock is a function of the demo's own,
 * found before the built-in one by its search path.
 */
export type Stage = {
  db: Db
  client: postgres.Sql
  /** The owner of the desk's tables, for putting back dates that nobody else may touch. */
  owner: postgres.Sql
  /** Puts a mail of the past into the demo's mailbox; null: it was sent, and is long since deleted there. */
  deliver: ((outboxId: string, at: Date) => Promise<void>) | null
  close: () => Promise<void>
}

const clockSchema = 'demo_clock'

export async function openStage(deskUrl: string): Promise<Stage> {
  const owner = postgres(deskUrl, { max: 1, onnotice: () => undefined })
  await owner.unsafe(`
    create schema if not exists ${clockSchema};
    grant usage on schema ${clockSchema} to ${applicationRole};
    create or replace function ${clockSchema}.clock_timestamp() returns timestamptz language sql stable
      as $$ select current_setting('demo.now')::timestamptz $$`)
  const client = postgres(deskUrl, {
    max: 1,
    onnotice: () => undefined,
    connection: { role: applicationRole, search_path: `${clockSchema}, pg_catalog, public` },
  })
  return {
    db: drizzleOver(client),
    client,
    owner,
    deliver: null,
    close: async () => {
      await client.end()
      await owner.unsafe(`drop schema ${clockSchema} cascade`)
      await owner.end()
    },
  }
}

/** Opens a ticket at a moment of the past; its id. */
export async function openAt(
  stage: Stage,
  actor: Extract<Actor, { kind: 'person' }>,
  input: OpenTicketInput,
  at: Date,
): Promise<string> {
  await setClock(stage, at)
  const opened = await openTicket(stage.db, actor, input)
  if (!opened.ok) throw new Error(`the demo's ticket “${input.subject}” was refused: ${JSON.stringify(opened.refusal)}`)
  await settleStep(stage, opened.ticket.id, at)
  return opened.ticket.id
}

/** Sends an event at a moment of the past. A refusal is a fault of the demo's script. */
export async function sendAt(
  stage: Stage,
  actor: Actor,
  ticketId: string,
  event: DispatchInput['event'],
  at: Date,
): Promise<void> {
  await setClock(stage, at)
  const answer = await dispatch(stage.db, actor, { ticketId, event })
  if (!answer.ok) throw new Error(`the demo's ${event.type} was refused: ${JSON.stringify(answer.refusal)}`)
  await settleStep(stage, ticketId, at)
}

/** The instant a running timer of the ticket is set for. */
export async function dueOfTimer(stage: Stage, ticketId: string, name: TimerName): Promise<string> {
  const [row] = await scoped(stage.db, 'system', (tx) => tx.select().from(tickets).where(eq(tickets.id, ticketId)))
  if (!row) throw new Error(`ticket ${ticketId} is not there`)
  const life = lifeOf(row)
  const timer = timersOf(life.state, life.context).find((one) => one.timer === name)
  if (!timer) throw new Error(`${name} does not run while the ticket is ${life.state}`)
  return timer.due
}

async function setClock({ client }: Stage, at: Date): Promise<void> {
  await client`select set_config('demo.now', ${at.toISOString()}, false)`
}

/** Mails of the past were sent in the past, and checks of the past have been made: no worker is to do either again. */
async function settleStep(stage: Stage, ticketId: string, at: Date): Promise<void> {
  const instant = at.toISOString()
  const waiting = await scoped(stage.db, 'system', (tx) =>
    tx
      .select({ id: mailOutbox.id })
      .from(mailOutbox)
      .where(and(eq(mailOutbox.ticketId, ticketId), isNull(mailOutbox.sentAt))),
  )
  for (const { id } of waiting) await stage.deliver?.(id, at)
  await scoped(stage.db, 'system', async (tx) => {
    for (const { id } of waiting) {
      await tx
        .update(mailOutbox)
        .set({ createdAt: at, sentAt: new Date(at.getTime() + 2_000), attempts: 1 })
        .where(eq(mailOutbox.id, id))
      await cancelJob(tx, `mail:${id}`)
    }
    for (const job of ['check', 'plan']) await cancelJob(tx, `ticket:${ticketId}:${job}`)
    await tx.execute(sql`update holds set placed_at = least(placed_at, ${instant}::timestamptz) where ticket_id = ${ticketId}`)
    await tx.execute(sql`update runs set created_at = least(created_at, ${instant}::timestamptz) where ticket_id = ${ticketId}`)
  })
}
