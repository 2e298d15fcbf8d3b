import { log } from '#lib/runtime/log.ts'
import { crossCheckWays } from '#lib/snapshots/cross-check-ways.ts'
import { payloads } from '../payloads.ts'
import { task } from '../task.ts'

export const crossCheckWaysTask = task(payloads.crossCheckWays, async ({ db }, _, { signal }) => {
  const checked = await crossCheckWays(db, signal)
  if (checked) log('worker').info(checked, checked.check.agree ? 'ways to compare agree' : 'ways to compare disagree')
  return checked
})
