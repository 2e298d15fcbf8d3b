import { workdayHours, workdayStartHour } from './moments.ts'

/**
 * Fragments of SQL that draw from a hash of the row's number: the same row always draws the same, on every machine, and the rows are
 * made inside the server. `row` is an integer expression; `salt` tells one column's draws from another's.
 */
export type Draw = ReturnType<typeof drawWith>

export function drawWith(seed: string) {
  const hash = (row: string, salt: string) => `(hashint8extended((${row})::int8, ${saltNumber(`${seed}/${salt}`)}) & 2147483647)`
  const unit = (row: string, salt: string) => `(${hash(row, salt)}::float8 / 2147483648)`
  return {
    hash,
    /** A number from 0 up to but not including 1. */
    unit,
    /** A whole number from `from` up to and including `to`. */
    whole: (row: string, salt: string, from: number, to: number) => `(${from} + ${hash(row, salt)} % ${to - from + 1})::int`,
    pick: (row: string, salt: string, pool: readonly string[]) =>
      `(${textArray(pool)})[1 + (${hash(row, salt)} % ${pool.length})::int]`,
    chance: (row: string, salt: string, probability: number) => `(${unit(row, salt)} < ${probability})`,
  }
}

/** `[1 + index % length]` of a pool, where two pools must be picked from alike. */
export function nth(pool: readonly string[], index: string): string {
  return `(${textArray(pool)})[1 + ((${index}) % ${pool.length})::int]`
}

export function literal(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}

/** `fraction` (0..1) of a working day, at a date expression, in the portal's own time. */
export function workingMoment(date: string, fraction: string, timeZone: string): string {
  return `((${date})::timestamp + make_interval(secs => (${workdayStartHour} + (${fraction}) * ${workdayHours}) * 3600)) at time zone ${literal(timeZone)}`
}

/** Lower case without diacritics or spaces: for addresses and domains. */
export function asciiOf(expression: string): string {
  return `translate(lower(${expression}), 'ąćęłńóśźżáãçéêíõúëöüñåøæïâàı&., –’', 'acelnoszzaaceeioueounaoaiaai')`
}

function textArray(pool: readonly string[]): string {
  return `array[${pool.map(literal).join(',')}]::text[]`
}

/** FNV-1a: a number for a name, so that no table of salts has to be kept. */
function saltNumber(text: string): number {
  let hash = 2166136261
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 16777619) >>> 0
  return hash
}
