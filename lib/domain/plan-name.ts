import type { Locale } from './actor.ts'

/** The plans that the rules know by name (R7). */
const known: Record<string, Record<Locale, string>> = {
  free: { en: 'Free', pl: 'Darmowy' },
  trial: { en: 'Trial', pl: 'Próbny' },
  partner: { en: 'Partner', pl: 'Partnerski' },
  demo: { en: 'Demo', pl: 'Demonstracyjny' },
}

/** A plan as people are told it; one that is a product of the vendor's keeps the name they gave it, with a capital. */
export function planName(plan: string, locale: Locale): string {
  const words = Object.hasOwn(known, plan) ? known[plan] : undefined
  return words?.[locale] ?? plan.charAt(0).toUpperCase() + plan.slice(1)
}
