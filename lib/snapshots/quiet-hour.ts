import { Temporal } from 'temporal-polyfill'

/** The last instant at which the portal's clock struck its quiet hour. An hour that daylight saving skips is taken an hour later; one that comes twice, once (S31). */
export function slotBefore(now: Date, timeZone: string, quietHour: number): Date {
  const here = Temporal.Instant.from(now.toISOString()).toZonedDateTimeISO(timeZone)
  const today = here.toPlainDate().toZonedDateTime({ timeZone, plainTime: Temporal.PlainTime.from({ hour: quietHour }) })
  const slot = Temporal.ZonedDateTime.compare(today, here) <= 0 ? today : previousDay(here, timeZone, quietHour)
  return new Date(slot.epochMilliseconds)
}

function previousDay(here: Temporal.ZonedDateTime, timeZone: string, quietHour: number): Temporal.ZonedDateTime {
  const day = here.toPlainDate().subtract({ days: 1 })
  return day.toZonedDateTime({ timeZone, plainTime: Temporal.PlainTime.from({ hour: quietHour }) })
}

/** Whether the portal's clock is still in its quiet hour: a capture that comes late, by a stopped worker or by hand, is not. */
export function isQuietHour(now: Date, timeZone: string, quietHour: number): boolean {
  return now.getTime() - slotBefore(now, timeZone, quietHour).getTime() < HOUR_MS
}

const HOUR_MS = 3_600_000
