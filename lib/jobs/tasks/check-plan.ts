import { checkPlan } from '#lib/tickets/check-plan.ts'
import { payloads } from '../payloads.ts'
import { task } from '../task.ts'

export const checkPlanTask = task(payloads.checkPlan, ({ db, billing }, { ticketId }) =>
  checkPlan(db, { ticketId }, billing.planOf),
)
