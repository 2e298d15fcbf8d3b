import type { Metadata, Route } from 'next'
import { notFound } from 'next/navigation'
import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { z } from 'zod'
import { ActionForm } from '#app/_ui/action-form.tsx'
import { Card } from '#app/_ui/card.tsx'
import { EventButton } from '#app/_ui/event-button.tsx'
import { price } from '#app/_ui/format/numbers.ts'
import { PageHeader } from '#app/_ui/page-header.tsx'
import { sayPlan } from '#app/_ui/say-plan.ts'
import { type DemoCheckout, readDemoCheckout } from '#lib/billing/demo-payment.ts'
import { demoPlan } from '#lib/billing/demo-plans.ts'
import { requireActor } from '#lib/identity/current-actor.ts'
import { deskDb } from '#lib/runtime/desk.ts'
import { requireDemo } from '../require-demo.ts'
import { tellPayment } from './actions.ts'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('demo'))('payTitle') }
}

const query = z.object({ portal: z.uuid(), ticket: z.coerce.number().int().positive().optional().catch(undefined) })
type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> }

/** The demo's payment page: plan, price, pay or let the card fail. */
export default async function Pay({ searchParams }: Props): Promise<ReactNode> {
  requireDemo()
  const actor = await requireActor()
  const asked = query.safeParse(await searchParams)
  const checkout = asked.success ? await readDemoCheckout(deskDb(), actor, asked.data.portal) : null
  if (!asked.success || checkout === null) notFound()
  const [t, locale] = [await getTranslations('demo'), await getLocale()]
  const { ticket } = asked.data
  const hidden = { portal: checkout.portalId, ...(ticket === undefined ? {} : { ticket }) }
  const { amount, currency } = demoPlan.price
  return (
    <main id="main" tabIndex={-1} className="mx-auto max-w-xl space-y-6 outline-none">
      <PageHeader
        title={t('payTitle')}
        {...(ticket === undefined ? {} : { back: { href: `/tickets/${ticket}` as Route, label: t('backToTicket') } })}
      />
      <Card>
        <ActionForm action={tellPayment} hidden={hidden} label={t('payTitle')}>
          <p className="text-lg font-semibold">{t('payFor', { plan: demoPlan.plan, portal: checkout.portalName })}</p>
          <p className="figures text-2xl">{t('perMonth', { price: price(amount, currency, locale) })}</p>
          <p className="mt-1 text-soft">{t(checkout.paid ? 'paidNow' : 'unpaidNow', { plan: await sayPlan(checkout.plan) })}</p>
          <p className="mt-3 text-sm text-soft">{t('payWhy')}</p>
          <div className="mt-5 flex flex-wrap gap-3">
            <EventButton event="PAY">{t('pay')}</EventButton>
            <EventButton event="FAIL_CARD" variant="quiet">
              {t('failCard')}
            </EventButton>
          </div>
        </ActionForm>
      </Card>
      {checkout.paid ? <Later checkout={checkout} /> : null}
    </main>
  )
}

async function Later({ checkout }: { checkout: DemoCheckout }): Promise<ReactNode> {
  const t = await getTranslations('demo')
  return (
    <Card title={t('later')} aside={t('laterWhy')}>
      <ActionForm action={tellPayment} hidden={{ portal: checkout.portalId }} className="flex flex-wrap gap-3" label={t('later')}>
        <EventButton event="CHARGE_BACK" variant="quiet">
          {t('chargeBack')}
        </EventButton>
        <EventButton event="DOWNGRADE" variant="quiet">
          {t('downgrade')}
        </EventButton>
      </ActionForm>
    </Card>
  )
}
