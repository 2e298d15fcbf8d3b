import { type Draw, workingMoment } from './draw.ts'
import type { Day } from './moments.ts'
import type { DemoPortal } from './portals.ts'
import type { Words } from './words.ts'

export const tables = [
  'crm.companies',
  'crm.contacts',
  'crm.leads',
  'crm.deals',
  'crm.activities',
  'crm.quotes',
  'intranet.projects',
  'intranet.tasks',
  'intranet.calendar_events',
  'intranet.conversations',
  'intranet.messages',
  'intranet.files',
] as const
export type Table = (typeof tables)[number]

/** Rows of one table as a share of all; quote lines, the audit log and the outbox follow from these. */
const shares: Record<Table, number> = {
  'crm.companies': 0.045,
  'crm.contacts': 0.13,
  'crm.leads': 0.09,
  'crm.deals': 0.105,
  'crm.activities': 0.31,
  'crm.quotes': 0.03,
  'intranet.projects': 0.001,
  'intranet.tasks': 0.075,
  'intranet.calendar_events': 0.035,
  'intranet.conversations': 0.005,
  'intranet.messages': 0.08,
  'intranet.files': 0.015,
}

/** Everything that an insert of one table needs to know. */
export type Batch = {
  portal: DemoPortal
  words: Words
  draw: Draw
  /** Names of the portal's people in the order of their ids. */
  people: string[]
  /** FROM clause with the columns `g` (the row's id), `at` (when it was entered) and `age` (1: at the very beginning, 0: now). */
  source: Record<Table, string>
  /** Highest id of each table once this batch is in. */
  highest: Record<Table, number>
  /** Whether rows of earlier batches may be gone, so that a reference must be looked up. */
  gaps: boolean
}

type Base = Pick<Batch, 'portal' | 'words' | 'draw' | 'people'>

/** The state as of the oldest restore point: rows thicken towards the present, ids rise with time. `until` is the last full day. */
export function firstBatch(base: Base, rows: number, until: string): Batch {
  const { portal } = base
  const weeks = Math.floor(portal.workingDays / 5)
  const highest = mapTables((table) => Math.max(6, Math.round(shares[table] * rows)))
  const source = mapTables((table) => {
    const count = highest[table]
    // OFFSET 0: the moment is computed once a row, not once for each of its uses.
    // Working days are counted from a Monday, so that no row falls on a weekend.
    return `(select g, ${workingMoment('monday + (floor(d)::int / 5) * 7 + floor(d)::int % 5', 'd - floor(d)', portal.timeZone)} as at,
        1 - (g - 0.5::float8) / ${count} as age
      from generate_series(1, ${count}) g
      cross join (select date_trunc('week', date '${until}' - interval '${weeks} weeks')::date as monday) m
      cross join lateral (select power((g - 0.5::float8) / ${count}, 0.8) * (${weeks * 5} + least(5, extract(isodow from date '${until}')::int)) as d) p offset 0) r`
  })
  return { ...base, source, highest, gaps: false }
}

/** What a day adds. Weekends are nearly quiet; today counts only as far as it has come. */
export function dayBatch(base: Base, rows: number, before: Record<Table, number>, day: Day): Batch {
  const counts = mapTables((table) => dailyCount(base, table, rows, day))
  const highest = mapTables((table) => before[table] + counts[table])
  const source = mapTables((table) => {
    const count = Math.max(1, counts[table])
    const fraction = `${day.elapsed} * (g - ${before[table]} - 0.5) / ${count}`
    return `(select g, ${workingMoment(`date '${day.date}'`, fraction, base.portal.timeZone)} as at, 0::float8 as age
      from generate_series(${before[table] + 1}, ${before[table] + counts[table]}) g) r`
  })
  return { ...base, source, highest, gaps: true }
}

/** SQL for a reference to an earlier row of another table: `anytime`, or `lately`, as most is said and done about what is new. */
export function refer(batch: Batch, table: Table, salt: string, when: 'anytime' | 'lately' = 'anytime'): string {
  const most = batch.highest[table]
  const drawn = `power(${batch.draw.unit('g', salt)}, ${when === 'lately' ? 0.06 : 0.5})`
  const wanted = `least(${most}, 1 + floor(${drawn} * (1 - age) * ${most}))::bigint`
  return batch.gaps ? `(select x.id from ${table} x where x.id <= ${wanted} order by x.id desc limit 1)` : wanted
}

/** SQL for the id of somebody of the portal; the first few ids do little of the daily work. */
export function somebody(batch: Batch, salt: string): string {
  const from = Math.min(2, batch.people.length)
  return `(${from} + floor(power(${batch.draw.unit('g', salt)}, 1.6) * ${batch.people.length - from + 1}))::int`
}

export function daySize(day: Day): number {
  if (day.weekday === 7) return 0.03 * day.elapsed
  return (day.weekday === 6 ? 0.07 : 1) * day.elapsed
}

function dailyCount(base: Base, table: Table, rows: number, day: Day): number {
  const usual = (shares[table] * rows * 1.2) / Math.max(60, base.portal.workingDays)
  const wobble = 0.75 + 0.5 * pseudo(`${base.portal.externalId}/${table}/${day.daysAgo}`)
  const wanted = usual * daySize(day) * wobble
  const whole = Math.floor(wanted)
  return whole + (pseudo(`${base.portal.externalId}/${table}/${day.daysAgo}/rest`) < wanted - whole ? 1 : 0)
}

/** A fixed number from 0 to 1 for a text; mixed twice, since texts that differ in their last letter would come out alike. */
function pseudo(text: string): number {
  let hash = 2166136261
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 16777619)
  hash = Math.imul(hash ^ (hash >>> 15), 2246822519)
  return ((hash ^ (hash >>> 13)) >>> 0) / 4294967296
}

export function mapTables<T>(of: (table: Table) => T): Record<Table, T> {
  return {
    'crm.companies': of('crm.companies'),
    'crm.contacts': of('crm.contacts'),
    'crm.leads': of('crm.leads'),
    'crm.deals': of('crm.deals'),
    'crm.activities': of('crm.activities'),
    'crm.quotes': of('crm.quotes'),
    'intranet.projects': of('intranet.projects'),
    'intranet.tasks': of('intranet.tasks'),
    'intranet.calendar_events': of('intranet.calendar_events'),
    'intranet.conversations': of('intranet.conversations'),
    'intranet.messages': of('intranet.messages'),
    'intranet.files': of('intranet.files'),
  }
}
