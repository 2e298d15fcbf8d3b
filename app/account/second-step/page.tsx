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
          <ol className="divide-y divide-line">
            <Step number={1} title={t('steps.scan')} why={t('steps.scanWhy')}>
              <div className="flex flex-wrap items-center gap-x-8 gap-y-5">
                <QrCode text={enrolment.uri} label={t('qr')} />
                <div className="min-w-48 flex-1 space-y-2">
                  <h3 className="font-medium">{t('steps.noCamera')}</h3>
                  <p>
                    <a href={enrolment.uri} className="text-accent underline underline-offset-2">
                      {t('steps.open')}
                    </a>
                  </p>
                  <p className="text-soft">{t('steps.key')}</p>
                  <div className="max-w-48">
                    <CopyableId
                      id={enrolment.base32}
                      short={inFours(enrolment.base32)}
                      words={{ copy: shell('copy'), copied: shell('copied') }}
                    />
                  </div>
                </div>
              </div>
            </Step>
            <Step number={2} title={t('steps.code')} why={t('steps.codeWhy')}>
              <ActionForm
                action={confirmSecondStep}
                hidden={{ pending: enrolment.pending }}
                className="space-y-4"
                label={t('setUp')}
              >
                <CodeField name="firstCode" label={t('firstCode')} />
                <EventButton event="CONFIRM_SECOND_STEP">{t('finish')}</EventButton>
              </ActionForm>
            </Step>
          </ol>
        </Card>
      </main>
    </Shell>
  )
}

function Step({ number, title, why, children }: { number: number; title: string; why: string; children: ReactNode }): ReactNode {
  return (
    <li className="space-y-3 py-6 first:pt-0 last:pb-0">
      <div className="flex items-center gap-3">
        <span
          className="figures grid size-8 shrink-0 place-items-center rounded-full bg-sunken text-sm font-semibold text-soft"
          aria-hidden="true"
        >
          {number}
        </span>
        <h2 className="text-base font-semibold">{title}</h2>
      </div>
      <div className="space-y-4 sm:pl-11">
        <p className="text-soft">{why}</p>
        {children}
      </div>
    </li>
  )
}

/** As a key is read aloud and typed: four letters at a time. */
const inFours = (base32: string): string => base32.match(/.{1,4}/g)?.join(' ') ?? base32
