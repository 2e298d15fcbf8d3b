import { Temporal } from 'temporal-polyfill'
import type { RestoreWindow } from '#lib/domain/events.ts'
import { type Answer, no, refuse } from '#lib/domain/refusal.ts'

export type WallWindow = {
  /** Wall-clock times as typed, `2027-10-31T02:30`, in `timeZone`. */
  from: string
  until: string
  timeZone: string
  atEnd: 'abort' | 'go_on'
  /** `+02:00`, when a time that comes twice was asked about. */
  fromOffset?: string | undefined
  untilOffset?: string | undefined
}

/**
 * The owner's window as instants. A time that does not exist, because the clocks are put forward, is refused; one that comes twice is
 * refused with both offsets until one of them is chosen (S31).
 */
export function readWindow({
  from,
  until,
  timeZone,
  atEnd,
  fromOffset,
  untilOffset,
}: WallWindow): Answer<{ window: RestoreWindow }> {
  const start = wallClock(from, timeZone, fromOffset)
  if (!start.ok) return start
  const end = wallClock(until, timeZone, untilOffset)
  if (!end.ok) return end
  return { ok: true, window: { kind: 'at', at: start.at, until: end.at, timeZone, atEnd } }
}

/** One wall-clock time as an instant (ISO, UTC), or why it is none. */
export function wallClock(typed: string, timeZone: string, offset?: string): Answer<{ at: string }> {
  const plain = parse(typed, timeZone)
  if (plain === null) return no(refuse('invalid_input', { fields: ['window'] }))
  const earlier = plain.toZonedDateTime(timeZone, { disambiguation: 'earlier' })
  const later = plain.toZonedDateTime(timeZone, { disambiguation: 'later' })
  const facts = { wallClock: plain.toString({ smallestUnit: 'minute' }).replace('T', ' '), timeZone }
  if (!earlier.toPlainDateTime().equals(plain)) return no(refuse('time_does_not_exist', facts))
  if (earlier.offset === later.offset) return { ok: true, at: instant(earlier) }
  const chosen = [earlier, later].find((time) => time.offset === offset)
  return chosen
    ? { ok: true, at: instant(chosen) }
    : no(refuse('time_is_ambiguous', { ...facts, offsets: [earlier.offset, later.offset] }))
}

const instant = (time: Temporal.ZonedDateTime): string => new Date(time.epochMilliseconds).toISOString()

function parse(typed: string, timeZone: string): Temporal.PlainDateTime | null {
  try {
    const plain = Temporal.PlainDateTime.from(typed, { overflow: 'reject' })
    plain.toZonedDateTime(timeZone)
    return plain
  } catch (error) {
    // Not a date, or not a zone: both are what somebody typed.
    if (error instanceof RangeError) return null
    throw error
  }
}
