import { getTranslations } from 'next-intl/server'
import type { ConsentWords } from './consent-text.ts'

/** What is missing under a signature, at the place where it is missing. Whether the typed name is right is the rule's to say. */
export async function signatureErrors(data: FormData, { dangers }: ConsentWords): Promise<Record<string, string>> {
  const t = await getTranslations('consent')
  const unticked = dangers.some(({ danger }) => data.get(`danger-${danger}`) !== 'yes')
  const typed = data.get('typedName')
  return {
    ...(unticked ? { dangers: t('tickAll') } : {}),
    ...(typeof typed === 'string' && typed.trim() !== '' ? {} : { typedName: t('nameNeeded') }),
  }
}
