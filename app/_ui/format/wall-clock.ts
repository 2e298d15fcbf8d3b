import { clockTime, dayKey, utcOffset } from './time.ts'

/** `2026-11-24T02:10`: an instant as a field for date and time holds it, on that zone's clocks. */
export const wallClockValue = (at: Date, timeZone: string): string =>
  `${dayKey(at, timeZone)}T${clockTime(at, { locale: 'en', timeZone })}`

/** What the zone's clocks show at these instants, each offset once: more than one where the clocks are changed in between. */
export function offsetsAt(instants: readonly Date[], timeZone: string): { shown: string; iso: string }[] {
  const shown = [...new Set(instants.map((at) => utcOffset(at, timeZone)))]
  return shown.map((offset) => ({ shown: offset, iso: isoOffset(offset) }))
}

/** `UTC+1` → `+01:00`. */
function isoOffset(offset: string): string {
  const [, sign = '+', hours = '0', minutes = '00'] = /^UTC([+−])?(\d{1,2})?(?::(\d{2}))?$/.exec(offset) ?? []
  return `${sign === '−' ? '-' : '+'}${hours.padStart(2, '0')}:${minutes}`
}
