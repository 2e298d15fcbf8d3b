import { z } from 'zod'
import type { tickets } from '#db/schema/index.ts'
import { lethalClock, nextUpdate, turnOf } from '#lib/domain/clocks.ts'
import type { Instant } from '#lib/domain/instants.ts'
import { isEnd, ticketContextSchema, ticketStates } from '#lib/domain/machine-context.ts'
import { machineVersion } from '#lib/domain/restore-machine.ts'
import type { TicketLife } from '#lib/domain/ticket-life.ts'

const lifeSchema = z.object({ state: z.enum(ticketStates), context: ticketContextSchema })

/** The machine's state as the row keeps it. Throws when the row was written by a machine that this one does not understand. */
export function lifeOf({
  state,
  machineState,
  machineVersion: version,
}: Pick<typeof tickets.$inferSelect, 'state' | 'machineState' | 'machineVersion'>): TicketLife {
  if (version !== machineVersion) throw new Error(`machine version ${version} is not ${machineVersion}`)
  return lifeSchema.parse({ state, context: machineState })
}

/** The columns that repeat what the machine remembers, for lists and indexes; all are derived, so that the log gives the whole row (I11). */
export function columnsOf({ state, context }: TicketLife, at: Instant) {
  const lethal = lethalClock(state, context)
  const next = nextUpdate(state, context, at)
  return {
    state,
    machineState: context,
    machineVersion,
    snapshotId: context.snapshot.id,
    previewId: context.preview.previewId,
    assigneeId: context.assigneeId,
    turn: turnOf(state, context),
    nextUpdateAt: next === null ? null : new Date(next),
    lethalAt: lethal === null ? null : new Date(lethal.at),
    lethalClock: lethal?.clock ?? null,
    updatedAt: new Date(at),
    closedAt: isEnd(state) ? new Date(at) : null,
  }
}
