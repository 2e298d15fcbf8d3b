import type { Metadata, Route } from 'next'
import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { ButtonLink } from './_ui/button.tsx'
import { PlainPage } from './_ui/plain-page.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('unauthorized'))('title') }
}

/** A true 401: who asks is not known. */
export default async function Unauthorized(): Promise<ReactNode> {
  const t = await getTranslations('unauthorized')
  return (
    <PlainPage
      title={t('title')}
      actions={
        <ButtonLink variant="primary" href={'/sign-in' as Route}>
          {t('signIn')}
        </ButtonLink>
      }
    >
      <p>{t('why')}</p>
      <p>{t('whatToDo')}</p>
    </PlainPage>
  )
}
