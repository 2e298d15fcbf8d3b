import type { Metadata, Route } from 'next'
import { redirect } from 'next/navigation'
import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { z } from 'zod'
import { ActionForm } from '#app/_ui/action-form.tsx'
import { Card } from '#app/_ui/card.tsx'
import { CopyableId } from '#app/_ui/copyable-id.tsx'
import { EventButton } from '#app/_ui/event-button.tsx'
import { PageHeader } from '#app/_ui/page-header.tsx'
import { Shell } from '#app/_ui/shell.tsx'
import { signOut } from '#app/sign-in/actions.ts'
import { requireSession } from '#lib/identity/current-actor.ts'
import { openEnrolment } from '#lib/identity/enrol-second-step.ts'
import { env } from '#lib/runtime/env.ts'
import { confirmSecondStep } from '../actions.ts'
import { CodeField } from '../code-field.tsx'
import { QrCode } from './qr-code.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('account'))('setUp') }
}

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> }

/** The QR code of an app that is being set up. The address carries it sealed: it opens in this session only. */
export default async function SecondStep({ searchParams }: Props): Promise<ReactNode> {
  const session = await requireSession()
  const [t, shell] = [await getTranslations('account'), await getTranslations('shell')]
  const sealed = z
    .string()
    .max(2000)
    .safeParse((await searchParams).pending)
  const enrolment = sealed.success ? openEnrolment(env(), session, sealed.data) : null
  if (enrolment === null) redirect('/account' as Route)
  return (
    <Shell temper="customer" person={{ name: session.actor.name }} signOut={signOut}>
      <main id="main" tabIndex={-1} className="mx-auto max-w-2xl space-y-6 outline-none">
        <PageHeader title={t('setUp')} back={{ href: '/account' as Route, label: t('title') }} />
        <Card>
          <ol className="list-decimal space-y-5 pl-5">
            <li className="space-y-3">
              <p>{t('scan')}</p>
              <QrCode text={enrolment.uri} label={t('qr')} />
              <p className="text-soft">
                {t('orType')} <CopyableId id={enrolment.base32} words={{ copy: shell('copy'), copied: shell('copied') }} />
              </p>
            </li>
            <li>
              <ActionForm
                action={confirmSecondStep}
                hidden={{ pending: enrolment.pending }}
                className="flex flex-wrap items-end gap-3"
                label={t('setUp')}
              >
                <CodeField name="firstCode" label={t('firstCode')} />
                <EventButton event="CONFIRM_SECOND_STEP">{t('finish')}</EventButton>
              </ActionForm>
            </li>
          </ol>
        </Card>
      </main>
    </Shell>
  )
}
