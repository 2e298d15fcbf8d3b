import type { CaptureReason } from '#lib/domain/capture-reasons.ts'
import { dayKey } from './format/time.ts'

export type RestorePoint = {
  id: string
  /** `manual`: made on somebody's wish, for what `note` says. */
  label: 'daily' | 'manual' | 'safety'
  note: string | null
  state: 'capturing' | 'ready' | 'bad' | 'failed'
  startedAt: Date
  completedAt: Date | null
  /** Asked for by its moment, which `completedAt` is. */
  ofMoment: boolean
  keptUntil: Date | null
  heldUntil: Date | null
  verifiedAt: Date | null
  provenAt: Date | null
  recoveryMs: number | null
  /** How long nobody could be in the portal while it was made; 0 where nobody had to leave. */
  barredMs: number | null
  rowCount: number | null
  byteCount: number | null
  /** The portal's files that lie with it; null: none were kept. */
  files: { count: number; bytes: number } | null
  /** Against the point before: rows gone, rows new, rows changed. */
  changes: { missing: number; newer: number; changed: number } | null
  /** Kept a second time, apart from the portal's server: of the same day as another one (R14). */
  inSecondPlace: boolean
  /** Where the copy lies and whether it goes down with the portal's server (R14); its name is told to the desk alone. */
  place: {
    kind: 'portal_server' | 'folder' | 'host' | 'service' | 'remote' | 'unknown'
    name: string | null
    stands: 'with_server' | 'apart' | 'unknown'
  } | null
  reason: CaptureReason | null
  /** What the program said of it; null but for the desk. */
  detail: string | null
}
/** A day of the portal's calendar (`2026-11-24`) without a restore point, and why. */
export type Hole = { day: string; reason: CaptureReason }

/** R15: an alarm's event, drawn where it happened. */
export type Deletion = { id: string; from: Date; until: Date; deleted: number }

export type TimelineDay = {
  key: string
  noon: Date
  points: RestorePoint[]
  hole: Hole | null
  /** Mass deletions of the day, and how many of its points were complete before each. */
  deletions: { deletion: Deletion; pointsBefore: number }[]
}

const dayMs = 24 * 3_600_000

type View = { now: Date; timeZone: string; retentionDays: number; deletions?: Deletion[] }

/** One column a day of the portal's calendar, from the oldest point that is kept to today. Ordered by time, points within a day too. */
export function timelineDays(
  points: RestorePoint[],
  holes: Hole[],
  { now, timeZone, retentionDays, deletions = [] }: View,
): TimelineDay[] {
  const keyOf = (point: RestorePoint) => dayKey(point.completedAt ?? point.startedAt, timeZone)
  const today = noonOf(dayKey(now, timeZone))
  const first = Math.min(today.getTime() - (retentionDays - 1) * dayMs, ...points.map((point) => noonOf(keyOf(point)).getTime()))
  const count = Math.round((today.getTime() - first) / dayMs) + 1
  return Array.from({ length: count }, (_, back) => {
    const noon = new Date(first + back * dayMs)
    const key = noon.toISOString().slice(0, 10)
    const ofDay = points.filter(
      (point) => keyOf(point) === key && !(point.state === 'failed' && holes.some((hole) => hole.day === key)),
    )
    return {
      key,
      noon,
      points: ofDay.sort((one, other) => one.startedAt.getTime() - other.startedAt.getTime()),
      hole: holes.find((hole) => hole.day === key) ?? null,
      deletions: deletions
        .filter(({ until }) => dayKey(until, timeZone) === key)
        .map((deletion) => ({ deletion, pointsBefore: ofDay.filter((point) => isBefore(point, deletion)).length })),
    }
  })
}

const isBefore = ({ completedAt }: RestorePoint, { from }: Deletion): boolean => completedAt !== null && completedAt <= from

/** A calendar day as an instant that stays on that day whatever is done with it: noon, UTC. */
const noonOf = (key: string): Date => new Date(`${key}T12:00:00Z`)

/** The point that a trial restore proved last; null where none of these was. */
export function lastProven(points: RestorePoint[]): RestorePoint | null {
  return points.reduce<RestorePoint | null>(
    (last, point) => (point.provenAt !== null && (last?.provenAt ?? new Date(0)) < point.provenAt ? point : last),
    null,
  )
}

/** That point, or where it turned out bad, its nearest good neighbour, the older one first: what came before has what is missed (S26). */
export function usablePoint(points: RestorePoint[], id: string): string | null {
  const wanted = points.find((point) => point.id === id)
  if (wanted?.state !== 'bad') return id
  const good = points
    .filter(({ state, completedAt }) => state === 'ready' && completedAt !== null)
    .map((point) => ({ id: point.id, away: (point.completedAt?.getTime() ?? 0) - (wanted.completedAt?.getTime() ?? 0) }))
    .sort((one, other) => one.away - other.away)
  return good.findLast(({ away }) => away < 0)?.id ?? good[0]?.id ?? null
}

/** The newest usable point from before the mass deletion: the copy that has the records (S28). */
export function pointBefore(points: RestorePoint[], cliff: { completedAt: Date }): RestorePoint | null {
  return points.reduce<RestorePoint | null>((newest, point) => {
    if (point.state !== 'ready' || point.completedAt === null || point.completedAt >= cliff.completedAt) return newest
    return newest?.completedAt && newest.completedAt > point.completedAt ? newest : point
  }, null)
}

/** A mass deletion that an earlier copy makes good; null where nothing stands out, or no copy has it any more. */
export function recoverableLoss(points: RestorePoint[]): { deleted: number; before: RestorePoint } | null {
  const cliff = deletionCliff(points)
  const before = cliff === null ? null : pointBefore(points, cliff)
  return cliff === null || before === null ? null : { deleted: cliff.deleted, before }
}

/** Far more deletions than the week's usual, and more than a handful. */
const cliffTimes = 5
const cliffFloor = 20

/** The first point after a mass deletion (S28): an earlier one is what people want. Null where no day stands out. */
export function deletionCliff(points: RestorePoint[]): { id: string; deleted: number; completedAt: Date } | null {
  const counted = points.flatMap(({ id, completedAt, changes }) =>
    completedAt && changes ? [{ id, completedAt, deleted: changes.missing }] : [],
  )
  const worst = counted.reduce<(typeof counted)[number] | null>((a, b) => (a === null || b.deleted > a.deleted ? b : a), null)
  if (worst === null || worst.deleted < cliffFloor) return null
  const others = counted
    .filter(({ id }) => id !== worst.id)
    .map(({ deleted }) => deleted)
    .sort((a, b) => a - b)
  const usual = others[Math.floor(others.length / 2)] ?? 0
  return worst.deleted >= cliffTimes * Math.max(1, usual) ? worst : null
}
