import { planPort } from '#lib/billing/plan-port.ts'
import { reconcileBilling } from '#lib/billing/reconcile-billing.ts'
import { env } from '#lib/runtime/env.ts'
import { payloads } from '../payloads.ts'
import { task } from '../task.ts'

export const reconcileBillingTask = task(payloads.reconcileBilling, ({ db }) => reconcileBilling(db, planPort(db, env())))
