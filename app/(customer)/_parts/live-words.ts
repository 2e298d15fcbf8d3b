import { getTranslations } from 'next-intl/server'

export async function liveWords(): Promise<{ updated: string; offline: string }> {
  const t = await getTranslations('shell')
  return { updated: t('updated'), offline: t('offline') }
}
