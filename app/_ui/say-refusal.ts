import { getLocale, getTranslations } from 'next-intl/server'
import type { Refusal } from '#lib/domain/refusal.ts'
import { refusalWords } from '#lib/domain/refusal-words.ts'
import type { SaidRefusal } from './action-state.ts'

/** A refusal as the reader is told it: why, and what would turn it into a yes; its rule and the policy's version in small print. */
export async function sayRefusal(refusal: Refusal, timeZone: string): Promise<SaidRefusal> {
  const [locale, t] = await Promise.all([getLocale(), getTranslations('desk')])
  const { why, whatWouldHelp } = refusalWords(refusal, { locale, timeZone })
  const source = [
    ...(refusal.rule === null ? [] : [t('rule', { rule: refusal.rule })]),
    ...(refusal.policyVersion === null ? [] : [t('policy', { version: refusal.policyVersion })]),
  ]
  return {
    heading: t('refused'),
    source: source.length === 0 ? null : source.join(' · '),
    sourceLabel: t('support'),
    why,
    help: whatWouldHelp,
  }
}
