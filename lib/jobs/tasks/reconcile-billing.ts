import { reconcileBilling } from '#lib/billing/reconcile-billing.ts'
import { payloads } from '../payloads.ts'
import { task } from '../task.ts'

export const reconcileBillingTask = task(payloads.reconcileBilling, ({ db, billing }) => reconcileBilling(db, billing))
