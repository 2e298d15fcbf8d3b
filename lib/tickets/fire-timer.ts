import { randomUUID } from 'node:crypto'
import { and, arrayContains, eq, inArray, isNull } from 'drizzle-orm'
import type { Db, Tx } from '#db/client.ts'
import { tickets, users } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import type { PlanPort } from '#lib/billing/port.ts'
import { systemActor } from '#lib/domain/actor.ts'
import type { TicketEvent } from '#lib/domain/events.ts'
import type { Instant } from '#lib/domain/instants.ts'
import type { TimerName } from '#lib/domain/machine-context.ts'
import { type Composed, type Dispatched, dispatch } from './dispatch.ts'

type Ring = { ticketId: string; timer: TimerName; due: Instant }

/**
 * A timer's job has come due. What it means is decided under the ticket's lock by the database's clock (I13); one that was moved or
 * stopped meanwhile is refused as outdated and does nothing. Throws where it must be tried again: billing out of reach, the portal busy.
 */
export async function fireTimer(db: Db, ring: Ring, planOf: PlanPort['planOf']): Promise<Dispatched | null> {
  const event = ring.timer === 'windowOpens' ? await beginRestore(db, ring, planOf) : timerEvent(ring.timer, ring.due)
  if (event === null) return null
  const answer = await dispatch(db, systemActor('timer'), { ticketId: ring.ticketId, event })
  if (!answer.ok && (answer.refusal.code === 'another_restore_live' || answer.refusal.code === 'too_early')) {
    throw new Error(`timer ${ring.timer} of ticket ${ring.ticketId} is tried again: ${answer.refusal.code}`)
  }
  return answer
}

function timerEvent(timer: Exclude<TimerName, 'windowOpens'>, due: Instant): TicketEvent {
  switch (timer) {
    case 'ownerReminder1':
    case 'ownerReminder2':
      return { type: 'REMIND_OWNER', timer, due }
    case 'ownerExpiry':
    case 'upgradeExpiry':
      return { type: 'EXPIRE_TICKET', timer, due }
    case 'approvalEscalation':
      return { type: 'ESCALATE_APPROVAL', timer, due }
    case 'approvalDenial':
      return { type: 'DENY_UNANSWERED', timer, due }
    case 'consentExpiry':
      return { type: 'EXPIRE_CONSENT', timer, due }
    case 'holdWarning24':
    case 'holdWarning6':
    case 'holdWarning1':
      return { type: 'WARN_HOLD', timer, due }
    case 'holdEnd':
      return { type: 'END_HOLD', timer, due }
    case 'undoEnd':
      return { type: 'END_UNDO_WINDOW', timer, due }
    case 'filesEnd':
      return { type: 'END_DOWNLOAD', timer, due }
  }
}

/** The moment has come: the plan is asked again, before the lock (S21), and the approvers of today are counted, under it (S81). */
async function beginRestore(db: Db, { ticketId, due }: Ring, planOf: PlanPort['planOf']): Promise<Composed | null> {
  const [ticket] = await scoped(db, 'system', (tx) =>
    tx.select({ portalId: tickets.portalId }).from(tickets).where(eq(tickets.id, ticketId)),
  )
  if (!ticket) return null
  const { plan, paid, checkedAt } = await planOf(ticket.portalId)
  return {
    type: 'BEGIN_RESTORE',
    request: { due },
    compose: async (tx, { life }) => ({
      type: 'BEGIN_RESTORE',
      timer: 'windowOpens',
      due,
      runId: randomUUID(),
      plan,
      paid,
      checkedAt,
      approverIds: await stillApprovers(
        tx,
        life.context.votes.map((vote) => vote.approverId),
      ),
    }),
  }
}

async function stillApprovers(tx: Tx, voterIds: string[]): Promise<string[]> {
  const rows = await tx
    .select({ id: users.id })
    .from(users)
    .where(and(inArray(users.id, voterIds), arrayContains(users.deskRoles, ['approver']), isNull(users.deactivatedAt)))
  return rows.map(({ id }) => id)
}
