import type { Metadata } from 'next'
import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { z } from 'zod'
import { ActionForm } from '#app/_ui/action-form.tsx'
import { Callout } from '#app/_ui/callout.tsx'
import { Card } from '#app/_ui/card.tsx'
import { EventButton } from '#app/_ui/event-button.tsx'
import { Field } from '#app/_ui/field.tsx'
import { Shell } from '#app/_ui/shell.tsx'

import { safePath } from '#lib/identity/address.ts'
import { currentSession } from '#lib/identity/current-actor.ts'
import { env } from '#lib/runtime/env.ts'
import { requestSignInLink, signOut } from './actions.ts'
import { DemoPeople } from './demo-people.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('signIn'))('title') }
}

const query = z.object({ next: z.string().optional().catch(undefined), error: z.string().optional().catch(undefined) })
type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> }

/** Where everybody comes in: a link by mail, and in the demo a list of people to be. */
export default async function SignIn({ searchParams }: Props): Promise<ReactNode> {
  const [t, session, asked] = [await getTranslations('signIn'), await currentSession(), query.parse(await searchParams)]
  const { appUrl, demo } = env()
  const next = safePath(asked.next, appUrl)
  return (
    <Shell temper="customer" person={session ? { name: session.actor.name } : null} signOut={signOut}>
      <main id="main" tabIndex={-1} className="mx-auto max-w-3xl space-y-6 outline-none">
        <div className="mx-auto max-w-md space-y-6">
          <h1 className="text-2xl font-semibold">{t('title')}</h1>
          {asked.error === undefined ? null : (
            <Callout tone="warn" title={t('linkOverTitle')}>
              <p>{t('linkOver')}</p>
            </Callout>
          )}
          {session === null ? null : (
            <Callout title={t('already', { name: session.actor.name })}>
              <a className="text-accent underline" href={next}>
                {t('goOn')}
              </a>
            </Callout>
          )}
          <Card>
            <ActionForm action={requestSignInLink} hidden={{ next }} className="space-y-4" label={t('title')}>
              <Field
                label={t('email')}
                name="email"
                type="email"
                autoComplete="email"
                inputMode="email"
                required
                hint={t('emailHint')}
              />
              <EventButton event="MAIL_SIGN_IN_LINK" wide>
                {t('mailLink')}
              </EventButton>
            </ActionForm>
          </Card>
        </div>
        {demo ? <DemoPeople next={next} /> : null}
      </main>
    </Shell>
  )
}
