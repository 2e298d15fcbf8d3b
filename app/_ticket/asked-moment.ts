import { z } from 'zod'
import type { RestorePoint } from '#app/_ui/restore-points.ts'

export type AskedMoment = RestorePoint | 'waiting'

/** What an address names as the instant at which a moment was asked for; undefined for anything else. */
export const momentAskedAt = z.iso.datetime({ offset: true }).optional().catch(undefined)

/** What is told of a moment for so long; making one takes minutes at most, and later the list says it. */
const TOLD_FOR_MS = 3_600_000

/** The restore point of a moment that was asked for just now, as far as it has come. Null where none was. */
export function askedMoment(points: readonly RestorePoint[], askedAt: string | undefined, now: Date): AskedMoment | null {
  if (askedAt === undefined) return null
  const asked = new Date(askedAt)
  if (now.getTime() - asked.getTime() > TOLD_FOR_MS) return null
  const ofMoment = points.filter((point) => point.ofMoment && point.startedAt >= asked)
  const made = ofMoment.sort((one, other) => one.startedAt.getTime() - other.startedAt.getTime())[0]
  return made === undefined || made.state === 'capturing' ? 'waiting' : made
}

/** Its id, where it can be restored from: it was made to be chosen. */
export const chosenMoment = (asked: AskedMoment | null): string | null =>
  asked !== null && asked !== 'waiting' && asked.state === 'ready' ? asked.id : null
