import { getLocale } from 'next-intl/server'
import { planName } from '#lib/domain/plan-name.ts'

export async function sayPlan(plan: string): Promise<string> {
  return planName(plan, await getLocale())
}
