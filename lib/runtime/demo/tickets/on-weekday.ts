import { Temporal } from 'temporal-polyfill'
import type { DemoPortal } from '#db/seed/portals/portals.ts'

const weekdays = {
  en: ['on Monday', 'on Tuesday', 'on Wednesday', 'on Thursday', 'on Friday', 'on Saturday', 'on Sunday'],
  pl: ['w poniedziałek', 'we wtorek', 'w środę', 'w czwartek', 'w piątek', 'w sobotę', 'w niedzielę'],
} as const

/** Words of a story, with `{mishapDay}` told as the weekday of when it went wrong: true whichever day the demo is set up. */
export function tellDay(words: string, at: Date, portal: Pick<DemoPortal, 'locale' | 'timeZone'>): string {
  return words.replaceAll('{mishapDay}', onWeekday(at, portal))
}

/** `on Tuesday`, `we wtorek`: the day of an instant in the portal's own calendar and language. */
export function onWeekday(at: Date, { locale, timeZone }: Pick<DemoPortal, 'locale' | 'timeZone'>): string {
  const { dayOfWeek } = Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(timeZone)
  const words = weekdays[locale][dayOfWeek - 1]
  if (words === undefined) throw new Error(`there is no day ${dayOfWeek} of the week`)
  return words
}
