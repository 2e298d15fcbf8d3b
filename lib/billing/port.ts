import { z } from 'zod'

/** What a billing system knows of a portal at the moment of asking. */
export type PlanFact = {
  plan: string
  paid: boolean
  /** Asked at, by the desk's database clock (ISO). */
  checkedAt: string
}

/** What an upgrade would cost and where it is paid. `price.amount` is in minor units (cents, grosze). */
export type UpgradeOffer = {
  plan: string
  price: { amount: number; currency: string; per: 'month' | 'year' }
  checkoutUrl: string
}

/**
 * A billing system behind the desk. R7 asks it for the plan at the moment it matters, never a cached copy, so `planOf` must
 * not remember answers. It throws when the system cannot be reached: not knowing is not a no.
 */
export type PlanPort = {
  name: 'manual' | 'demo'
  planOf(portalId: string): Promise<PlanFact>
  /** Null where nothing can be bought (an admin records plans by hand). */
  upgradeOffer(request: { portalId: string; ticketNumber: number | null }): Promise<UpgradeOffer | null>
}

export const billingEventTypes = ['payment_succeeded', 'payment_failed', 'plan_downgraded', 'charge_back'] as const

/** What a billing system tells us, once its signature has been checked. `id` is the same however often it is delivered. */
export const billingEventSchema = z.object({
  id: z.string().min(1).max(200),
  type: z.enum(billingEventTypes),
  portalId: z.uuid(),
  plan: z.string().trim().min(1).max(100),
  paid: z.boolean(),
  occurredAt: z.iso.datetime({ offset: true }),
})
export type BillingEvent = z.infer<typeof billingEventSchema>
