import type { Metadata } from 'next'
import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { PlainPage } from './_ui/plain-page.tsx'
import { SignInLink } from './sign-in/sign-in-link.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('unauthorized'))('title') }
}

/** A true 401: who asks is not known. */
export default async function Unauthorized(): Promise<ReactNode> {
  const t = await getTranslations('unauthorized')
  return (
    <PlainPage title={t('title')} actions={<SignInLink>{t('signIn')}</SignInLink>}>
      <p>{t('why')}</p>
      <p>{t('whatToDo')}</p>
    </PlainPage>
  )
}
