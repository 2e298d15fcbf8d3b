import { interruptible } from '../interrupt.ts'
import { run, type Side } from '../side.ts'
import { onBoth } from './row-difference.ts'

/** How long tables may be compared exactly; what does not come to its end by then is sampled (S38). */
export type Sampling = {
  readonly timeLimitMs: number
  /** Blocks of each side that are looked at. A table of fewer than `smallTable` times as many is compared exactly, however late it is. */
  readonly blocks?: number
}

export const usualBlocks = 1_500
export const smallTable = 4

class TimeIsUp extends Error {}

/**
 * What `work` gives, or null where it did not come to its end by then: its queries are cancelled, and the sides stand in their transactions as before, at the
 * same instant.
 */
export async function within<T>(sides: readonly [Side, Side], deadline: number, work: () => Promise<T>): Promise<T | null> {
  const leftMs = deadline - performance.now()
  if (leftMs <= 0) return null
  const clock = new AbortController()
  const timer = setTimeout(() => clock.abort(new TimeIsUp()), leftMs)
  const onEach = (statement: string) => onBoth(run(sides[0], statement), run(sides[1], statement))
  await onEach('SAVEPOINT rd_within')
  try {
    const done = await interruptible(sides, clock.signal, work)
    await onEach('RELEASE SAVEPOINT rd_within')
    return done
  } catch (error) {
    if (!(error instanceof TimeIsUp)) throw error
    await onEach('ROLLBACK TO SAVEPOINT rd_within')
    return null
  } finally {
    clearTimeout(timer)
  }
}
