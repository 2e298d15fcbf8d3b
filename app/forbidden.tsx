import type { Metadata } from 'next'
import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { ButtonLink } from './_ui/button.tsx'
import { PlainPage } from './_ui/plain-page.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('forbidden'))('title') }
}

/** A true 403: who asks is known, and this room is not theirs. */
export default async function Forbidden(): Promise<ReactNode> {
  const t = await getTranslations('forbidden')
  return (
    <PlainPage
      title={t('title')}
      actions={
        <ButtonLink variant="primary" href="/">
          {t('home')}
        </ButtonLink>
      }
    >
      <p>{t('why')}</p>
      <p>{t('whatToDo')}</p>
    </PlainPage>
  )
}
