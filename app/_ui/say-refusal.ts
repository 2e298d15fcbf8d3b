import { getLocale, getTranslations } from 'next-intl/server'
import type { Refusal } from '#lib/domain/refusal.ts'
import { refusalWords } from '#lib/domain/refusal-words.ts'
import type { SaidRefusal } from './action-state.ts'

/** A refusal as the reader is told it: its rule and the policy's version, why, and what would turn it into a yes. */
export async function sayRefusal(refusal: Refusal, timeZone: string): Promise<SaidRefusal> {
  const [locale, t] = await Promise.all([getLocale(), getTranslations('desk')])
  const { why, whatWouldHelp } = refusalWords(refusal, { locale, timeZone })
  const heading = [
    t('refused'),
    ...(refusal.rule === null ? [] : [t('rule', { rule: refusal.rule })]),
    ...(refusal.policyVersion === null ? [] : [t('policy', { version: refusal.policyVersion })]),
  ]
  return { heading: heading.join(' · '), why, help: whatWouldHelp }
}
