import type { StampedEvent } from '#lib/domain/machine-context.ts'
import type { TicketLife } from '#lib/domain/ticket-life.ts'

/** A ticket as it is after a transition, and the event that brought it there: what effects are carried out with. */
export type Scene = {
  ticket: { id: string; number: number; portalId: string; version: number }
  life: TicketLife
  event: StampedEvent
}
