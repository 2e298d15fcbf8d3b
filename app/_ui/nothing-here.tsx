import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { SignInLink } from '#app/sign-in/sign-in-link.tsx'
import { currentSession } from '#lib/identity/current-actor.ts'
import { ButtonLink } from './button.tsx'
import { PlainMessage } from './plain-page.tsx'

/** What a 404 says, for the frame of a room that already stands around it. Who is not signed in may find there what was looked for. */
export async function NothingHere(): Promise<ReactNode> {
  const [t, session] = await Promise.all([getTranslations('notFound'), currentSession()])
  return (
    <PlainMessage
      title={t('title')}
      actions={
        session === null ? (
          <SignInLink>{t('signIn')}</SignInLink>
        ) : (
          <ButtonLink variant="primary" href="/">
            {t('home')}
          </ButtonLink>
        )
      }
    >
      <p>{t('why')}</p>
      <p>{t('whatToDo')}</p>
    </PlainMessage>
  )
}
