import { and, desc, eq, inArray, sql } from 'drizzle-orm'
import { Temporal } from 'temporal-polyfill'
import type { Db } from '#db/client.ts'
import { holds, portals, type SnapshotChanges, type SnapshotLabel, snapshots } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import { type Actor, actorKey } from '#lib/domain/actor.ts'
import { type CaptureReason, captureReasonSchema } from '#lib/domain/capture-reasons.ts'
import { manifestSchema, type Place, placeSchema } from './port.ts'

export type ListedSnapshot = {
  id: string
  label: SnapshotLabel
  note: string | null
  state: 'capturing' | 'ready' | 'bad' | 'failed'
  startedAt: Date
  completedAt: Date | null
  /** Asked for by its moment, which `completedAt` is. */
  ofMoment: boolean
  /** 24 hours a day from the completion (S32); a hold may keep it longer. */
  keptUntil: Date | null
  heldUntil: Date | null
  verifiedAt: Date | null
  /** Last restored whole onto a copy by a drill, and how long that took. */
  provenAt: Date | null
  recoveryMs: number | null
  rowCount: number | null
  byteCount: number | null
  tableCount: number | null
  /** The portal's files that lie with it, in neither count above; null: none were kept. */
  files: { count: number; bytes: number } | null
  /** Against the one before it: bars of the timeline (S28). */
  changes: SnapshotChanges | null
  barredMs: number | null
  /** Kept in the portal's second place (R14), of the same day as another one. */
  inSecondPlace: boolean
  /** Where it lies, as its adapter told when it was made; null: not written down (R14). */
  place: Place | null
  reason: CaptureReason | null
  /** The same as the program told it: for the desk alone, null for anybody else. */
  detail: string | null
}
/** A day of the portal's own calendar without a restore point, and why (S27). */
export type Hole = { day: string; reason: CaptureReason; detail: string | null }
export type Listed = {
  /** What is offered: of a second place (R14) only what a day has no other sound point for. */
  snapshots: ListedSnapshot[]
  inEveryPlace: ListedSnapshot[]
  holes: Hole[]
  timeZone: string
}

const AT_MOST = 300
const DAY_MS = 86_400_000

/** Restore points of a portal the actor may see, newest first, with the days that are missing. Null for a foreign portal. */
export async function listSnapshots(
  db: Db,
  actor: Actor,
  input: { portalId: string; retentionDays: number; labels?: SnapshotLabel[] },
): Promise<Listed | null> {
  return scoped(db, actorKey(actor), async (tx) => {
    const [portal] = await tx
      .select({ timeZone: portals.timeZone, createdAt: portals.createdAt, now: sql<string>`clock_timestamp()` })
      .from(portals)
      .where(eq(portals.id, input.portalId))
    if (!portal) return null
    // Spelled out: in a select over one table drizzle leaves the table's name away, and `id` would be the hold's own.
    const thisSnapshot = sql.raw('"snapshots"."id"')
    const heldUntil = sql<string | null>`(select max(${holds.until}) from ${holds}
      where ${holds.snapshotId} = ${thisSnapshot} and ${holds.releasedAt} is null and ${holds.until} > clock_timestamp())`
    const rows = await tx
      .select({ row: snapshots, heldUntil })
      .from(snapshots)
      .where(
        and(
          eq(snapshots.portalId, input.portalId),
          inArray(snapshots.state, ['capturing', 'ready', 'bad', 'failed']),
          inArray(snapshots.label, input.labels ?? ['daily', 'manual', 'safety']),
        ),
      )
      .orderBy(desc(snapshots.startedAt), desc(snapshots.id))
      .limit(AT_MOST)
    const forDesk = actor.kind !== 'person' || actor.deskRoles.length > 0
    const told = { retentionDays: input.retentionDays, forDesk }
    const listed = rows.flatMap(({ row, heldUntil }) => listedSnapshot(row, heldUntil, told)).sort(newestFirst)
    const window = { now: new Date(portal.now), since: portal.createdAt, days: input.retentionDays, timeZone: portal.timeZone }
    return {
      snapshots: withoutTwins(listed, portal.timeZone),
      inEveryPlace: listed,
      holes: holesOf(listed, window),
      timeZone: portal.timeZone,
    }
  })
}

/** By what they hold: one of a moment is made later than those around it. */
const newestFirst = (one: ListedSnapshot, other: ListedSnapshot): number =>
  (other.completedAt ?? other.startedAt).getTime() - (one.completedAt ?? one.startedAt).getTime()

/** A day's copy in the second place holds what the portal's own point of that day holds, and takes longer to open. */
function withoutTwins(listed: ListedSnapshot[], timeZone: string): ListedSnapshot[] {
  const own = listed.filter(({ inSecondPlace, state, label }) => !inSecondPlace && state === 'ready' && label === 'daily')
  const days = new Set(own.map((snapshot) => dayOf(snapshot, timeZone)))
  return listed.filter((snapshot) => !(snapshot.inSecondPlace && days.has(dayOf(snapshot, timeZone))))
}

/** The day of the portal's own calendar (`2026-11-24`). */
const dayOf = ({ completedAt, startedAt }: ListedSnapshot, timeZone: string): string =>
  plainDate(completedAt ?? startedAt, timeZone).toString()

const plainDate = (at: Date, timeZone: string): Temporal.PlainDate =>
  Temporal.Instant.from(at.toISOString()).toZonedDateTimeISO(timeZone).toPlainDate()

/** Names of the vendor's machines and folders are the desk's. */
const toldPlace = (place: Place | null, forDesk: boolean): Place | null =>
  place === null || forDesk ? place : { ...place, name: null }

function listedSnapshot(
  row: typeof snapshots.$inferSelect,
  heldUntil: string | null,
  { retentionDays, forDesk }: { retentionDays: number; forDesk: boolean },
): ListedSnapshot[] {
  const {
    id,
    label,
    note,
    state,
    startedAt,
    completedAt,
    ofMoment,
    verifiedAt,
    provenAt,
    recoveryMs,
    rowCount,
    byteCount,
    tableCount,
    changes,
    barredMs,
    reason,
    reasonKind,
    inSecondPlace,
    place,
    manifest,
  } = row
  if (state === 'pruning' || state === 'pruned') return []
  return [
    {
      id,
      label,
      note,
      state,
      startedAt,
      completedAt,
      ofMoment,
      keptUntil: completedAt ? new Date(completedAt.getTime() + retentionDays * DAY_MS) : null,
      heldUntil: heldUntil === null ? null : new Date(heldUntil),
      verifiedAt,
      provenAt,
      recoveryMs,
      rowCount,
      byteCount,
      tableCount,
      files: keptFiles.parse(manifest)?.files ?? null,
      changes,
      barredMs,
      inSecondPlace,
      place: toldPlace(placeSchema.nullable().parse(place), forDesk),
      reason: captureReasonSchema.nullable().parse(reasonKind),
      detail: forDesk ? reason : null,
    },
  ]
}

const keptFiles = manifestSchema.pick({ files: true }).nullable()

type Window = { now: Date; since: Date; days: number; timeZone: string }

/** Whole days of the portal's calendar within the retention on which nothing was completed; today is not over and is no hole. */
export function holesOf(listed: ListedSnapshot[], window: Window): Hole[] {
  const today = plainDate(window.now, window.timeZone)
  const firstDay = plainDate(window.since, window.timeZone)
  const holes: Hole[] = []
  for (let back = window.days - 1; back >= 1; back--) {
    const day = today.subtract({ days: back })
    // The day a portal came to us is no hole either: its first capture falls due in the quiet hour after.
    if (Temporal.PlainDate.compare(day, firstDay) <= 0) continue
    const ofDay = listed.filter((snapshot) => dayOf(snapshot, window.timeZone) === day.toString())
    if (ofDay.some((snapshot) => snapshot.completedAt !== null)) continue
    const failed = ofDay.find((snapshot) => snapshot.reason !== null)
    const reason = failed?.reason ?? (ofDay.length > 0 ? 'error' : 'not_begun')
    holes.push({ day: day.toString(), reason, detail: failed?.detail ?? null })
  }
  return holes
}
