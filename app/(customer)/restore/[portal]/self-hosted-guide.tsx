import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'

/** R8: what the administrator of a self-hosted portal can do, in the order of doing it (S76). */
export async function SelfHostedGuide(): Promise<ReactNode> {
  const t = await getTranslations('selfHosted')
  return (
    <div className="pt-3">
      <h2 className="font-semibold">{t('title')}</h2>
      <ol className="mt-2 list-decimal space-y-2 pl-5">
        <li>{t('bin')}</li>
        <li>{t('stop')}</li>
        <li>{t('find')}</li>
        <li>{t('aside')}</li>
        <li>{t('copy')}</li>
        <li>{t('swap')}</li>
      </ol>
      <p className="mt-3 text-soft">{t('move')}</p>
    </div>
  )
}
