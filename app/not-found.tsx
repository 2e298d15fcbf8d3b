import type { Metadata } from 'next'
import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { ButtonLink } from './_ui/button.tsx'
import { PlainPage } from './_ui/plain-page.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('notFound'))('title') }
}

/** A true 404, and the same for what does not exist and for what is somebody else's (I8, S113). */
export default async function NotFound(): Promise<ReactNode> {
  const t = await getTranslations('notFound')
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
