'use server'

import { refresh } from 'next/cache'
import { type ActionState, answered } from '#app/_ui/action-state.ts'
import { sayRefusal } from '#app/_ui/say-refusal.ts'
import { requireActor } from '#lib/identity/current-actor.ts'
import { deskDb } from '#lib/runtime/desk.ts'
import { dismissMassDeletion, dismissMassDeletionInput } from '#lib/tickets/dismiss-mass-deletion.ts'

/** "It was meant": the notice goes. */
export async function sayItWasMeant(previous: ActionState, data: FormData): Promise<ActionState> {
  const actor = await requireActor()
  const answer = await dismissMassDeletion(deskDb(), actor, dismissMassDeletionInput.parse(Object.fromEntries(data)))
  if (!answer.ok) return answered(previous, { refusal: await sayRefusal(answer.refusal, actor.timeZone) })
  refresh()
  return answered(previous)
}
