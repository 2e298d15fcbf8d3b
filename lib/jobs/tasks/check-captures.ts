import { checkCaptures } from '#lib/snapshots/check-captures.ts'
import { payloads } from '../payloads.ts'
import { task } from '../task.ts'

export const checkCapturesTask = task(payloads.checkCaptures, ({ db }) => checkCaptures(db))
