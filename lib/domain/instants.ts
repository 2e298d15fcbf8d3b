/** An instant as it is logged: ISO 8601 in UTC with milliseconds. */
export type Instant = string

const hourMs = 3_600_000

export function plusHours(at: Instant, hours: number): Instant {
  return new Date(Date.parse(at) + hours * hourMs).toISOString()
}

export function plusMinutes(at: Instant, minutes: number): Instant {
  return new Date(Date.parse(at) + minutes * 60_000).toISOString()
}

/** A day is 24 hours here, also when a clock is put forward or back in between (S32). */
export function plusDays(at: Instant, days: number): Instant {
  return plusHours(at, days * 24)
}

export function isBefore(a: Instant, b: Instant): boolean {
  return Date.parse(a) < Date.parse(b)
}

export function earliest(...instants: Instant[]): Instant {
  return instants.reduce((a, b) => (isBefore(b, a) ? b : a))
}

export function latest(...instants: Instant[]): Instant {
  return instants.reduce((a, b) => (isBefore(a, b) ? b : a))
}

export function hoursBetween(from: Instant, to: Instant): number {
  return (Date.parse(to) - Date.parse(from)) / hourMs
}
