import { Temporal } from 'temporal-polyfill'
import type { DemoPortal } from './portals.ts'

/** One day of a portal's life: from one quiet hour to the next, or to the present. */
export type Day = {
  /** The portal's own date, `YYYY-MM-DD`. */
  date: string
  weekday: number
  /** The last working moment that has passed, as a fraction of the working day: 1 but for today, 0 once the portal stands still. */
  elapsed: number
  /** Whole days before the day on which the demo is seeded: 0 is today. */
  daysAgo: number
}

export type History = {
  /** The portal's last seven quiet hours, oldest first: within the retention of 7 × 24 h from each one's completion (S32). */
  captures: Date[]
  /** `days[i]` follows `captures[i]`; the last one runs into the present. */
  days: Day[]
}

export const workdayStartHour = 8
export const workdayHours = 9.5

/**
 * When a portal was captured in the seven days before `now`, and what lies between. Pure: same now and portal, same answer. Nothing is entered
 * after `quietSince`, which is now where it is absent.
 */
export function historyOf(portal: Pick<DemoPortal, 'timeZone' | 'quietHour'>, now: Date, quietSince = now): History {
  const present = Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(portal.timeZone)
  const lastEntry = Temporal.Instant.fromEpochMilliseconds(quietSince.getTime()).toZonedDateTimeISO(portal.timeZone)
  const quietToday = atHour(present.toPlainDate(), portal)
  const newest =
    Temporal.ZonedDateTime.compare(quietToday, present) <= 0 ? present.toPlainDate() : present.toPlainDate().subtract({ days: 1 })
  const dates = Array.from({ length: 7 }, (_, i) => newest.subtract({ days: 6 - i }))
  return {
    captures: dates.map((date) => new Date(atHour(date, portal).epochMilliseconds)),
    days: dates.map((date) => ({
      date: date.toString(),
      weekday: date.dayOfWeek,
      elapsed: elapsedOf(date, lastEntry),
      daysAgo: date.until(present.toPlainDate()).days,
    })),
  }
}

/** An instant at a wall-clock time of the portal's own day. */
export function localInstant(timeZone: string, date: string, hour: number, minute = 0): Date {
  const local = Temporal.PlainDate.from(date).toZonedDateTime({ timeZone, plainTime: Temporal.PlainTime.from({ hour, minute }) })
  return new Date(local.epochMilliseconds)
}

function atHour(date: Temporal.PlainDate, portal: Pick<DemoPortal, 'timeZone' | 'quietHour'>): Temporal.ZonedDateTime {
  return date.toZonedDateTime({ timeZone: portal.timeZone, plainTime: Temporal.PlainTime.from({ hour: portal.quietHour }) })
}

/** Five minutes are left free before that moment, so that nothing is ever dated ahead of it. */
function elapsedOf(date: Temporal.PlainDate, present: Temporal.ZonedDateTime): number {
  const order = Temporal.PlainDate.compare(date, present.toPlainDate())
  if (order !== 0) return order < 0 ? 1 : 0
  const hours = present.hour + present.minute / 60 - 5 / 60
  return Math.min(1, Math.max(0, (hours - workdayStartHour) / workdayHours))
}
