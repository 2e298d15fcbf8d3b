import type { UpgradeOffer } from './port.ts'

/** What the demo's vendor sells; one paid plan is enough to try the upgrade. Prices in cents. */
export const demoPlan = { plan: 'pro', price: { amount: 4900, currency: 'EUR', per: 'month' } } as const

export function demoOffer(appUrl: string, request: { portalId: string; ticketNumber: number | null }): UpgradeOffer {
  const checkout = new URL('/demo/pay', appUrl)
  checkout.searchParams.set('portal', request.portalId)
  if (request.ticketNumber !== null) checkout.searchParams.set('ticket', String(request.ticketNumber))
  return { ...demoPlan, checkoutUrl: checkout.href }
}
