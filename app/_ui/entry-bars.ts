import type { PreviewReport } from '#lib/snapshots/preview-report.ts'
import { dayKey } from './format/time.ts'

/** One bar: what was entered from `from` on, up what comes back, down what is wiped. */
export type EntryBar = { from: Date; up: number; down: number }
export type EntryBars = {
  before: EntryBar[]
  /** What one bar before the restore point stands for. */
  unit: 'day' | 'month' | 'year'
  after: EntryBar[]
  /** How many hours one bar after it stands for. */
  hours: number
}

const hourMs = 3_600_000
const beforeAtMost = 31
const afterAtMost = 48

/**
 * Records by when they were entered. After the restore point the hours matter, so each has its bar, an empty one too; before it, often
 * over years, a day, a month or a year has one, and only where something was entered.
 */
export function entryBars({ hours, snapshotAt }: Pick<PreviewReport, 'hours' | 'snapshotAt'>, timeZone: string): EntryBars {
  const point = new Date(snapshotAt).getTime()
  const bars = hours.map(({ from, missing, newer }) => ({ from: new Date(from), up: missing, down: newer }))
  const isBefore = ({ from }: EntryBar) => from.getTime() + hourMs <= point
  // The hour of the restore point itself lies on both sides: what comes back was there before it, what is wiped came after.
  const split = bars.filter((bar) => !isBefore(bar) && bar.from.getTime() < point)
  const old = [...bars.filter(isBefore), ...split.map((bar) => ({ ...bar, down: 0 }))].filter(holdsSomething)
  const young = [...split.map((bar) => ({ ...bar, up: 0 })), ...bars.filter(({ from }) => from.getTime() >= point)]
  return { ...byCalendar(old, timeZone), ...byHours(young.filter(holdsSomething), point) }
}

const holdsSomething = ({ up, down }: EntryBar): boolean => up + down > 0

const keyLengths = { day: 10, month: 7, year: 4 } as const

function byCalendar(bars: EntryBar[], timeZone: string): Pick<EntryBars, 'before' | 'unit'> {
  const gathered = (unit: EntryBars['unit']) => {
    const kept = new Map<string, EntryBar>()
    for (const bar of bars) {
      const key = dayKey(bar.from, timeZone).slice(0, keyLengths[unit])
      kept.set(key, sum(kept.get(key), bar))
    }
    return [...kept.values()]
  }
  for (const unit of ['day', 'month'] as const) {
    const before = gathered(unit)
    if (before.length <= beforeAtMost) return { before, unit }
  }
  return { before: gathered('year'), unit: 'year' }
}

function byHours(bars: EntryBar[], point: number): Pick<EntryBars, 'after' | 'hours'> {
  const last = bars.at(-1)
  if (last === undefined) return { after: [], hours: 1 }
  const start = Math.floor(point / hourMs) * hourMs
  const count = Math.floor((last.from.getTime() - start) / hourMs) + 1
  const hours = Math.ceil(count / afterAtMost)
  const after = Array.from({ length: Math.ceil(count / hours) }, (_, place) => ({
    from: new Date(start + place * hours * hourMs),
    up: 0,
    down: 0,
  }))
  for (const bar of bars) {
    const place = Math.floor((bar.from.getTime() - start) / (hours * hourMs))
    const there = after[place]
    if (there) after[place] = sum(there, bar)
  }
  return { after, hours }
}

const sum = (one: EntryBar | undefined, other: EntryBar): EntryBar => ({
  from: one?.from ?? other.from,
  up: (one?.up ?? 0) + other.up,
  down: (one?.down ?? 0) + other.down,
})
