import { fireTimer } from '#lib/tickets/fire-timer.ts'
import { payloads } from '../payloads.ts'
import { task } from '../task.ts'

export const ticketTimerTask = task(payloads.ticketTimer, ({ db, billing }, ring) => fireTimer(db, ring, billing.planOf))
