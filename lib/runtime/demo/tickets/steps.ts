import { randomUUID } from 'node:crypto'
import type { DemoPortal } from '#db/seed/portals/portals.ts'
import { systemActor } from '#lib/domain/actor.ts'
import type { RestoreWindow, TicketEvent } from '#lib/domain/events.ts'
import { say } from '#lib/tickets/say.ts'
import { type Cast, speaker } from './cast.ts'
import type { Said } from './past.ts'
import { dueOfTimer, type Stage, sendAt } from './stage.ts'

const hourMs = 3_600_000

/** A ticket that is being played, with all that its steps need. */
export type Played = {
  stage: Stage
  ticketId: string
  cast: Cast
  portal: DemoPortal
  preview: { previewId: string; digest: string }
  /** The safety copy of the restore, once there was one. */
  safety?: { snapshotId: string; at: Date }
}

export const hoursAfter = (at: Date, hours: number): Date => new Date(at.getTime() + hours * hourMs)

export async function passChecks({ stage, ticketId }: Played, at: Date): Promise<void> {
  await sendAt(stage, systemActor('checks'), ticketId, { type: 'CHECKS_PASSED' }, at)
}

export async function claim({ stage, ticketId, cast }: Played, agent: string, at: Date): Promise<void> {
  await sendAt(stage, cast.desk(agent), ticketId, { type: 'CLAIM_TICKET' }, at)
}

export async function speak({ stage, ticketId, cast }: Played, { by, says, note }: Said, at: Date): Promise<void> {
  const person = speaker(cast, by)
  await sendAt(stage, person, ticketId, say(person, note ? 'ADD_NOTE' : 'REPLY', says), at)
}

/** The owner's yes, and billing's answer a moment later. */
export async function consent(played: Played, at: Date, window: RestoreWindow = { kind: 'now' }): Promise<void> {
  const { stage, ticketId, cast } = played
  await sendAt(stage, cast.proved(cast.owner, at), ticketId, { type: 'GIVE_CONSENT', ...ownersWords(played), window }, at)
  await sendAt(
    stage,
    systemActor('billing'),
    ticketId,
    { type: 'PLAN_CHECKED', ...planAt(played.portal, at) },
    hoursAfter(at, 0.001),
  )
}

export async function approve({ stage, ticketId, cast, preview }: Played, approver: string, at: Date): Promise<void> {
  const event: TicketEvent = { type: 'APPROVE_RESTORE', digest: preview.digest, method: 'totp' }
  await sendAt(stage, cast.proved(cast.desk(approver), at), ticketId, event, at)
}

/** Starts the run that was agreed; its id. */
export async function begin({ stage, ticketId, cast, portal }: Played, approvers: string[], at: Date): Promise<string> {
  const runId = randomUUID()
  const event: TicketEvent = {
    type: 'BEGIN_RESTORE',
    timer: 'windowOpens',
    due: await dueOfTimer(stage, ticketId, 'windowOpens'),
    runId,
    ...planAt(portal, at),
    approverIds: approvers.map((key) => cast.desk(key).userId),
  }
  await sendAt(stage, systemActor('timer'), ticketId, event, at)
  return runId
}

/** What the owner signs, for a restore or for its undo. */
export function ownersWords({ cast, portal, preview }: Played, of = preview) {
  const { locale } = cast.owner
  const shownText =
    locale === 'pl'
      ? `Zgadzam się na przywrócenie portalu ${portal.name} zgodnie z pokazanym podglądem strat. Wiem, że dotyczy ono wszystkich użytkowników.`
      : `I agree to the restore of ${portal.name} as the loss preview shows it. I know that it affects every user.`
  return { ...of, method: 'totp' as const, typedName: portal.name, shownText, locale }
}

function planAt({ plan, paid }: DemoPortal, at: Date) {
  return { plan, paid, checkedAt: at.toISOString() }
}
