'use server'

import type { Route } from 'next'
import { notFound, redirect } from 'next/navigation'
import { z } from 'zod'
import { type ActionState, answered } from '#app/_ui/action-state.ts'
import type { Person } from '#lib/domain/actor.ts'
import { isOfRecords } from '#lib/domain/policy/policy.ts'
import { requireActor } from '#lib/identity/current-actor.ts'
import { deskDb } from '#lib/runtime/desk.ts'
import { chooseSnapshot } from '#lib/tickets/choose-snapshot.ts'
import { readTicket } from '#lib/tickets/read-ticket.ts'
import { refreshPreview } from '#lib/tickets/refresh-preview.ts'
import { askForPreview } from './ask-for-preview.ts'
import { sayConflict } from './say-conflict.ts'

const formSchema = z.object({
  event: z.enum(['COMPARE', 'CHOOSE_SNAPSHOT', 'REFRESH_PREVIEW']),
  /** The ticket's page, where the reader came from. */
  home: z.string().regex(/^(\/desk)?\/tickets\/\d+$/),
  number: z.coerce.number().int(),
  ticketId: z.uuid(),
  expectedVersion: z.coerce.number().int(),
  idempotencyKey: z.string(),
  snapshotId: z.uuid().optional().catch(undefined),
  previewId: z.uuid().optional().catch(undefined),
})
type Form = z.output<typeof formSchema>

/** The two buttons of the page: compare, and put the ticket on what was compared. */
export async function chooseAnotherPoint(previous: ActionState, data: FormData): Promise<ActionState> {
  const actor = await requireActor()
  const form = formSchema.parse(Object.fromEntries(data))
  return form.event === 'COMPARE' ? compare(previous, actor, form) : take(previous, actor, form)
}

async function compare(previous: ActionState, actor: Person, form: Form): Promise<ActionState> {
  const ticket = await readTicket(deskDb(), actor, form.number)
  if (ticket === null) notFound()
  const { snapshotId, previewId, home } = form
  const { portal, scope, preview } = ticket
  const insteadOf = [preview.id, ...(previewId === undefined ? [] : [previewId])]
  // The same records from another point.
  const records = isOfRecords(scope) ? { records: { sameAs: preview.id } } : {}
  return askForPreview(
    previous,
    actor,
    { portalId: portal.id, snapshotId, scope, insteadOf, ...records },
    `${home}/restore-point`,
  )
}

async function take(previous: ActionState, actor: Person, form: Form): Promise<ActionState> {
  const { event, ticketId, expectedVersion, idempotencyKey, snapshotId = '', previewId = '', home } = form
  const call = { ticketId, expectedVersion, idempotencyKey, previewId }
  const outcome =
    event === 'REFRESH_PREVIEW'
      ? await refreshPreview(deskDb(), actor, call)
      : await chooseSnapshot(deskDb(), actor, { ...call, snapshotId })
  if (!outcome.ok) return answered(previous, { refusal: await sayConflict(outcome.refusal, actor) })
  redirect(home as Route)
}
