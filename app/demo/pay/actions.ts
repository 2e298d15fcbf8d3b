'use server'

import type { Route } from 'next'
import { refresh } from 'next/cache'
import { notFound, redirect } from 'next/navigation'
import { getTranslations } from 'next-intl/server'
import { z } from 'zod'
import { type ActionState, answered } from '#app/_ui/action-state.ts'
import { type DemoDeed, readDemoCheckout, tellDemoPayment } from '#lib/billing/demo-payment.ts'
import { requireActor } from '#lib/identity/current-actor.ts'
import { deskDb } from '#lib/runtime/desk.ts'
import { env } from '#lib/runtime/env.ts'
import { requireDemo } from '../require-demo.ts'

const deeds: Record<string, DemoDeed> = { PAY: 'pay', FAIL_CARD: 'fail_card', CHARGE_BACK: 'charge_back', DOWNGRADE: 'downgrade' }
const input = z.object({
  portal: z.uuid(),
  ticket: z.coerce.number().int().positive().optional().catch(undefined),
  event: z.string().transform((event) => deeds[event] ?? null),
})

/** A press on the demo's payment page; the desk hears of it only by the signed event. After a payment, back to the ticket. */
export async function tellPayment(previous: ActionState, form: FormData): Promise<ActionState> {
  requireDemo()
  const actor = await requireActor()
  const asked = input.safeParse(Object.fromEntries(form))
  const checkout = asked.success ? await readDemoCheckout(deskDb(), actor, asked.data.portal) : null
  if (!asked.success || asked.data.event === null || checkout === null) notFound()
  const { authSecret, port } = env()
  const hookUrl = `http://127.0.0.1:${port}/api/hooks/billing/demo`
  const told = await tellDemoPayment(deskDb(), { authSecret, hookUrl }, checkout, asked.data.event)
  const t = await getTranslations('demo')
  if (!told.ok) return answered(previous, { done: t('refused', { status: told.status }) })
  if (asked.data.event === 'pay' && asked.data.ticket !== undefined) redirect(`/tickets/${asked.data.ticket}` as Route)
  refresh()
  return answered(previous, { done: t('told', { outcome: t(`outcomes.${told.outcome}`) }) })
}
