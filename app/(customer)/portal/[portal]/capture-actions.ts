'use server'

import type { Route } from 'next'
import { redirect } from 'next/navigation'
import { getTranslations } from 'next-intl/server'
import { z } from 'zod'
import { type ActionState, answered } from '#app/_ui/action-state.ts'
import { sayRefusal } from '#app/_ui/say-refusal.ts'
import { requireActor } from '#lib/identity/current-actor.ts'
import { deskDb } from '#lib/runtime/desk.ts'
import { askCapture } from '#lib/tickets/ask-capture.ts'

const formSchema = z.object({ portalId: z.uuid(), portal: z.string(), note: z.string().trim() })

/** The owner's own restore point; the page then waits for it. */
export async function makeRestorePoint(previous: ActionState, data: FormData): Promise<ActionState> {
  const actor = await requireActor()
  const { portalId, portal, note } = formSchema.parse(Object.fromEntries(data))
  const t = await getTranslations('catalogue')
  if (note === '') return answered(previous, { fieldErrors: { note: t('noteNeeded') } })
  if (note.length > 80) return answered(previous, { fieldErrors: { note: t('noteLong') } })
  const answer = await askCapture(deskDb(), actor, { portalId, note })
  if (!answer.ok) return answered(previous, { refusal: await sayRefusal(answer.refusal, actor.timeZone) })
  redirect(`/portal/${encodeURIComponent(portal)}?asked=${encodeURIComponent(answer.askedAt)}` as Route)
}
