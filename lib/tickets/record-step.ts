import { eq, sql } from 'drizzle-orm'
import type { Tx } from '#db/client.ts'
import { tickets } from '#db/schema/index.ts'
import type { StampedEvent, TicketState } from '#lib/domain/machine-context.ts'
import type { Verdict } from '#lib/domain/policy/verdict.ts'
import type { Refusal } from '#lib/domain/refusal.ts'
import type { Step, TicketLife } from '#lib/domain/ticket-life.ts'
import { type Timer, timersOf } from '#lib/domain/timers.ts'
import { carryOut, setTimers } from './effects.ts'
import { appendEntry } from './log.ts'
import { columnsOf } from './ticket-row.ts'

type Ticket = { id: string; number: number; portalId: string; version: number }
type Decided = { ticket: Ticket; life: TicketLife; event: StampedEvent; verdicts: Verdict[] }
export type TicketAnswer = { id: string; number: number; state: TicketState; version: number }

/** Writes a step that was decided: row, log entry, effects, timers and the announcement, all in the caller's transaction (I12). */
export async function recordStep(
  tx: Tx,
  { ticket, life, event, verdicts, step }: Decided & { step: Step },
): Promise<TicketAnswer> {
  const version = ticket.version + 1
  await tx
    .update(tickets)
    .set({ ...columnsOf(step, event.at), version })
    .where(eq(tickets.id, ticket.id))
  return follow(tx, {
    ticket: { ...ticket, version },
    event,
    verdicts,
    step,
    before: { state: life.state, timers: timersOf(life.state, life.context) },
  })
}

/** What follows the row of a new ticket; the row itself is written by open-ticket.ts, since it gets its number there. */
export async function recordOpening(
  tx: Tx,
  opened: { ticket: Ticket; event: StampedEvent; verdicts: Verdict[]; step: Step },
): Promise<TicketAnswer> {
  return follow(tx, { ...opened, before: { state: null, timers: [] } })
}

type Following = {
  ticket: Ticket
  event: StampedEvent
  verdicts: Verdict[]
  step: Step
  before: { state: TicketState | null; timers: Timer[] }
}

async function follow(tx: Tx, { ticket, event, verdicts, step, before }: Following): Promise<TicketAnswer> {
  const { at, by, ...bare } = event
  const { id: ticketId, portalId, version } = ticket
  const states = { stateBefore: before.state, stateAfter: step.state }
  await appendEntry(tx, { ticketId, portalId, version, at, actor: by, event: bare, ...states, verdicts, refusal: null })
  for (const effect of step.effects) await carryOut(tx, effect, { ticket, life: step, event })
  await setTimers(tx, ticketId, before.timers, step)
  await announce(tx, { ticketId, number: ticket.number, portalId, version, state: step.state })
  return { id: ticketId, number: ticket.number, state: step.state, version }
}

/** A refusal is recorded too, and changes nothing: not the row, not its version, no timer. */
export async function recordRefusal(
  tx: Tx,
  { ticket, life, event, verdicts, refusal }: Decided & { refusal: Refusal },
): Promise<void> {
  // A timer that comes too late or twice decides nothing about anybody.
  if (refusal.code === 'timer_outdated' || refusal.code === 'too_early') return
  const { at, by, ...bare } = event
  const { id: ticketId, portalId, version } = ticket
  await appendEntry(tx, {
    ticketId,
    portalId,
    version,
    at,
    actor: by,
    event: bare,
    stateBefore: life.state,
    stateAfter: life.state,
    verdicts,
    refusal,
  })
}

/** Heard after the commit by every process (lib/runtime/live.ts). */
async function announce(
  tx: Tx,
  change: { ticketId: string; number: number; portalId: string; version: number; state: string },
): Promise<void> {
  await tx.execute(sql`select pg_notify('desk', ${JSON.stringify(change)})`)
}
