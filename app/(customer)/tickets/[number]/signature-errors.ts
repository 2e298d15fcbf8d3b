import { getTranslations } from 'next-intl/server'
import type { ConsentWords } from './consent-text.ts'

/** What is missing under a signature: the browser asks for it first, and this asks again. Whether the typed name is right is the rule's to say. */
export async function signatureErrors(data: FormData, { dangers }: ConsentWords): Promise<Record<string, string>> {
  const t = await getTranslations('consent')
  const unticked = dangers.some(({ danger }) => data.get(`danger-${danger}`) !== 'yes')
  return unticked ? { typedName: t('tickAll') } : {}
}
