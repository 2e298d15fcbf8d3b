import { scheduleCaptures } from '#lib/snapshots/schedule-captures.ts'
import { payloads } from '../payloads.ts'
import { task } from '../task.ts'

export const scheduleCapturesTask = task(payloads.scheduleCaptures, ({ db }) => scheduleCaptures(db))
