'use server'

import type { Route } from 'next'
import { redirect } from 'next/navigation'
import { getLocale, getTranslations } from 'next-intl/server'
import { z } from 'zod'
import { type ActionState, answered } from '#app/_ui/action-state.ts'
import { absoluteTime } from '#app/_ui/format/time.ts'
import { sayRefusal } from '#app/_ui/say-refusal.ts'
import { requireActor } from '#lib/identity/current-actor.ts'
import { deskDb } from '#lib/runtime/desk.ts'
import { askMoment } from '#lib/tickets/ask-moment.ts'
import { readOfferedMoments } from '#lib/tickets/read-offered-moments.ts'
import { wallClock } from '#lib/tickets/window.ts'

const text = z.string().catch('')
const formSchema = z.object({
  portalId: z.uuid(),
  /** The page that the form stands on, and what its address keeps. */
  page: z.string().regex(/^\/(restore\/[^/?#]+|(desk\/)?tickets\/\d+\/restore-point)$/),
  kept: text,
  at: text,
  offset: text,
})

/** A restore point of the moment that was typed, on the portal's own clock; the page then waits for it. */
export async function makeMoment(previous: ActionState, data: FormData): Promise<ActionState> {
  const actor = await requireActor()
  const { portalId, page, kept, at, offset } = formSchema.parse(Object.fromEntries(data))
  const [t, locale, offered] = await Promise.all([
    getTranslations('anotherMoment'),
    getLocale(),
    readOfferedMoments(deskDb(), actor, portalId),
  ])
  if (offered === null) return answered(previous, { fieldErrors: { at: t('noLonger') } })
  if (at.trim() === '') return answered(previous, { fieldErrors: { at: t('needed') } })
  const { from, to, timeZone } = offered
  const moment = wallClock(at, timeZone, offset === '' ? undefined : offset)
  if (!moment.ok) {
    if (moment.refusal.code === 'invalid_input') return answered(previous, { fieldErrors: { at: t('needed') } })
    // In summer time's two odd hours: which of the two, or that there is none.
    const { why, help } = await sayRefusal(moment.refusal, timeZone)
    return answered(previous, { fieldErrors: { at: [why, help].filter(Boolean).join(' ') } })
  }
  const asked = await askMoment(deskDb(), actor, { portalId, at: moment.at })
  if (asked.ok)
    redirect(`${page}?${new URLSearchParams([...new URLSearchParams(kept), ['moment', asked.askedAt]])}#moment` as Route)
  if (asked.refusal.code !== 'moment_out_of_reach')
    return answered(previous, { refusal: await sayRefusal(asked.refusal, actor.timeZone) })
  const time = (one: Date) => absoluteTime(one, { locale, timeZone })
  return answered(previous, { fieldErrors: { at: t('outOfReach', { from: time(from), to: time(to) }) } })
}
