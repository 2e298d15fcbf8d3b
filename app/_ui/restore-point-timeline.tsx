import BadgeCheck from 'lucide-react/icons/badge-check'
import CalendarX from 'lucide-react/icons/calendar-x'
import Clock from 'lucide-react/icons/clock'
import HardDrive from 'lucide-react/icons/hard-drive'
import Lock from 'lucide-react/icons/lock'
import ShieldCheck from 'lucide-react/icons/shield-check'
import TrendingDown from 'lucide-react/icons/trending-down'
import { getLocale, getTranslations } from 'next-intl/server'
import { type CSSProperties, Fragment, type ReactNode } from 'react'
import { captureReasonWords } from '#lib/domain/refusal-words.ts'
import { cx } from './cx.ts'
import { about, number } from './format/numbers.ts'
import { absoluteTime, clockTime, dayKey, duration, shortDay, spanWords, zoneWords } from './format/time.ts'
import { RestorePointTable } from './restore-point-table.tsx'
import { type Deletion, deletionCliff, type Hole, lastProven, type RestorePoint, timelineDays } from './restore-points.ts'

type Props = {
  points: RestorePoint[]
  holes: Hole[]
  /** Alarms of mass deletions, drawn as the cliff they are. */
  deletions?: Deletion[]
  retentionDays: number
  now: Date
  /** The portal's own: its days are what people remember. */
  timeZone: string
  /** With a name it is a group of radio buttons of the form around it; without, something to look at. */
  name?: string
  chosen?: string | null
  legend: string
  /** The page has told of the mass deletion already. */
  cliffSaid?: boolean
}

/**
 * The portal's last days: each restore point with how much had changed since the one before, the days without one and why, where many
 * records vanished, and when each point dies. Native radio buttons: arrow keys choose, and no script is needed. A table says the same.
 */
export async function RestorePointTimeline(props: Props): Promise<ReactNode> {
  const { points, holes, deletions = [], now, timeZone, retentionDays, name, chosen = null, legend, cliffSaid = false } = props
  const [t, locale] = await Promise.all([getTranslations('timeline'), getLocale()])
  const days = timelineDays(points, holes, { now, timeZone, retentionDays, deletions })
  const cliff = deletionCliff(points)
  const proven = lastProven(points)
  const most = Math.max(1, ...points.map(({ changes }) => (changes ? changes.missing + changes.newer + changes.changed : 0)))
  return (
    <div className="space-y-3">
      <fieldset className="min-w-0">
        <legend className="sr-only">{legend}</legend>
        <ol className="grid gap-2 sm:auto-cols-fr sm:grid-flow-col">
          {days.map((day) => (
            <li key={day.key} className="flex min-w-0 items-stretch gap-2 max-sm:min-h-14 sm:flex-col sm:gap-1.5">
              <p
                className={cx(
                  'w-16 shrink-0 self-center text-sm sm:w-auto sm:self-auto sm:text-center',
                  day.key === dayKey(now, timeZone) ? 'font-semibold' : 'text-soft',
                )}
              >
                {shortDay(day.noon, { locale, timeZone: 'UTC' })}
              </p>
              {day.points.length + day.deletions.length > 0 ? (
                <div className="flex min-w-0 flex-1 flex-col gap-1.5">
                  {[...day.points, null].map((point, index) => (
                    <Fragment key={point?.id ?? 'end'}>
                      {day.deletions
                        .filter(({ pointsBefore }) => pointsBefore === index)
                        .map(({ deletion }) => (
                          <Cliff key={deletion.id} {...{ deletion, locale, timeZone, t }} />
                        ))}
                      {point === null ? null : (
                        <Point
                          {...{ point, most, now, locale, timeZone, name, t }}
                          cliff={cliff?.id === point.id}
                          checked={point.id === chosen}
                        />
                      )}
                    </Fragment>
                  ))}
                </div>
              ) : day.hole ? (
                <p className="hole-hatch flex flex-1 items-center rounded-md border border-dashed border-control/60 p-2 text-xs text-soft sm:min-h-32 sm:items-end sm:justify-center sm:text-center">
                  <span className="rounded-sm bg-surface px-1 py-0.5">{t('hole')}</span>
                </p>
              ) : (
                <p className="flex flex-1 items-center p-2 text-xs text-faint sm:items-end sm:justify-center sm:text-center">
                  {day.key === dayKey(now, timeZone) ? t('later') : t('before')}
                </p>
              )}
            </li>
          ))}
        </ol>
      </fieldset>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 text-xs text-soft">
        <Key swatch="bg-danger" words={t('legend.deleted')} />
        <Key swatch="bg-run-fill" words={t('legend.added')} />
        <Key swatch="bg-control" words={t('legend.changed')} />
        <span>{t('legend.zone', { zone: zoneWords(now, { locale, timeZone }) })}</span>
      </div>
      {days.flatMap(({ key, noon, hole }) =>
        hole === null ? (
          []
        ) : (
          <p key={key} data-hole={key} className="flex items-start gap-2 text-sm text-soft">
            <CalendarX className="mt-0.5 size-4 shrink-0" aria-hidden="true" />
            {t('holeWhy', {
              day: shortDay(noon, { locale, timeZone: 'UTC' }),
              reason: captureReasonWords(hole.reason, locale),
            })}
          </p>
        ),
      )}
      {cliff && !cliffSaid && deletions.length === 0 ? (
        <p className="flex items-start gap-2 text-sm text-danger">
          <TrendingDown className="mt-0.5 size-4 shrink-0" aria-hidden="true" />
          {t('cliff', { count: cliff.deleted, time: absoluteTime(cliff.completedAt, { locale, timeZone }) })}
        </p>
      ) : null}
      {proven?.provenAt ? (
        <p className="figures flex items-start gap-2 text-sm text-soft">
          <BadgeCheck className="mt-0.5 size-4 shrink-0 text-good" aria-hidden="true" />
          {t('lastProven', {
            point: absoluteTime(proven.completedAt ?? proven.startedAt, { locale, timeZone }),
            time: absoluteTime(proven.provenAt, { locale, timeZone }),
            took: duration(proven.recoveryMs ?? 0, locale),
          })}
        </p>
      ) : null}
      <RestorePointTable {...{ points, holes, now, timeZone }} />
    </div>
  )
}

const Key = ({ swatch, words }: { swatch: string; words: string }): ReactNode => (
  <span className="inline-flex items-center gap-1.5">
    <span aria-hidden="true" className={cx('size-2.5 rounded-xs', swatch)} />
    {words}
  </span>
)

type Words = Awaited<ReturnType<typeof getTranslations<'timeline'>>>
type CliffProps = { deletion: Deletion; locale: 'en' | 'pl'; timeZone: string; t: Words }

/** Where the records went: between the points that still have them and those that do not. */
function Cliff({ deletion: { id, from, until, deleted }, locale, timeZone, t }: CliffProps): ReactNode {
  const time = { from: clockTime(from, { locale, timeZone }), until: clockTime(until, { locale, timeZone }) }
  const { span } = spanWords(from, until, { locale, timeZone })
  return (
    <p
      data-deletion={id}
      className="figures flex items-center gap-1.5 rounded-md border border-danger bg-danger-tint px-2 py-1 text-xs text-danger sm:flex-col sm:gap-0 sm:text-center"
    >
      <TrendingDown className="size-4 shrink-0" aria-hidden="true" />
      <span className="sr-only">{t('deletion', { ...time, span, count: about(deleted) })}</span>
      <span aria-hidden="true" className="font-medium">
        {span === 'moment' ? time.from : `${time.from}–${time.until}`}
      </span>
      <span aria-hidden="true">−{number(about(deleted), locale)}</span>
    </p>
  )
}

type PointProps = {
  point: RestorePoint
  most: number
  now: Date
  locale: 'en' | 'pl'
  timeZone: string
  name: string | undefined
  checked: boolean
  cliff: boolean
  t: Words
}

function Point({ point, most, now, locale, timeZone, name, checked, cliff, t }: PointProps): ReactNode {
  const usable = point.state === 'ready' && point.completedAt !== null
  const { changes } = point
  const total = changes ? changes.missing + changes.newer + changes.changed : 0
  const at = point.completedAt ?? point.startedAt
  const dies = point.heldUntil ?? point.keptUntil
  const lastDay = dies !== null && dies.getTime() - now.getTime() < 24 * 3_600_000
  const Frame = name === undefined ? 'div' : 'label'
  return (
    <Frame
      data-snapshot={point.id}
      className={cx(
        'relative flex min-h-11 flex-1 items-center sm:flex-none gap-2 rounded-md border bg-surface p-2 text-xs transition-colors sm:flex-col sm:items-stretch sm:px-1',
        usable ? 'border-control/60' : 'border-dashed border-line text-faint',
        usable &&
          name !== undefined &&
          'hover:border-soft has-checked:border-accent has-checked:bg-accent-tint has-checked:ring-1 has-checked:ring-accent',
        'has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent',
      )}
    >
      {name === undefined ? null : (
        <input
          type="radio"
          name={name}
          value={point.id}
          defaultChecked={checked}
          disabled={!usable}
          required
          className="size-4 shrink-0 accent-accent focus-visible:outline-none sm:mx-auto"
        />
      )}
      <span aria-hidden="true" className="flex h-3 flex-1 justify-start gap-px sm:h-16 sm:flex-none sm:flex-col sm:justify-end">
        {changes ? (
          <>
            <Bar share={shareOf(changes.missing, total, most)} className="bg-danger" />
            <Bar share={shareOf(changes.newer, total, most)} className="bg-run-fill" />
            <Bar share={shareOf(changes.changed, total, most)} className="bg-control" />
          </>
        ) : null}
        {usable && total === 0 ? (
          <span className="self-center text-faint sm:self-auto sm:text-center">
            {changes ? t('unchanged') : t(point.ofMoment ? 'ofMomentShort' : 'first')}
          </span>
        ) : null}
      </span>
      {/* Beside the time on a phone, below it where the cards stand side by side: a mark makes no card taller. */}
      <span className="flex shrink-0 gap-1 sm:order-last sm:min-h-3.5 sm:justify-center">
        {point.provenAt ? (
          <Mark words={t('proven')} icon={<BadgeCheck className="size-3.5 text-good" aria-hidden="true" />} />
        ) : point.verifiedAt ? (
          <Mark words={t('verified')} icon={<ShieldCheck className="size-3.5 text-good" aria-hidden="true" />} />
        ) : null}
        {point.ofMoment ? (
          <Mark words={t('ofMoment')} icon={<Clock className="size-3.5 text-soft" aria-hidden="true" />} />
        ) : null}
        {point.inSecondPlace ? (
          <Mark words={t('secondPlace')} icon={<HardDrive className="size-3.5 text-soft" aria-hidden="true" />} />
        ) : null}
        {point.heldUntil ? <Mark words={t('held')} icon={<Lock className="size-3.5 text-soft" aria-hidden="true" />} /> : null}
        {cliff ? (
          <Mark words={t('cliffShort')} icon={<TrendingDown className="size-3.5 text-danger" aria-hidden="true" />} />
        ) : null}
      </span>
      {/* Where cards are narrow, two lines are left for what is left of its time, so that all of a week are equally tall. */}
      <span className="figures flex shrink-0 flex-col text-right sm:text-center">
        <span className={cx('text-sm font-medium', usable ? 'text-ink' : 'text-faint')}>
          {clockTime(at, { locale, timeZone })}
        </span>
        {point.note === null ? null : <span className="line-clamp-2 max-w-40 break-words text-soft">{point.note}</span>}
        {usable ? (
          <span className={cx('sm:max-lg:min-h-8', lastDay ? 'font-medium text-warn' : 'text-faint')}>
            {dies === null
              ? null
              : dies <= now
                ? t('diesNow')
                : t('diesIn', { time: duration(coarse(dies.getTime() - now.getTime()), locale) })}
          </span>
        ) : (
          <span className="sm:max-lg:min-h-8">{t(`state.${point.state}`)}</span>
        )}
        {changes ? (
          <span className="sr-only">
            {t('changes', {
              deleted: number(changes.missing, locale),
              added: number(changes.newer, locale),
              changed: number(changes.changed, locale),
            })}
          </span>
        ) : null}
      </span>
    </Frame>
  )
}

function Mark({ words, icon }: { words: string; icon: ReactNode }): ReactNode {
  return (
    <span title={words}>
      {icon}
      <span className="sr-only">{words}</span>
    </span>
  )
}

/** Whole days above two, whole hours above two: all the columns of a week read alike. */
function coarse(ms: number): number {
  const [minute, hour, day] = [60_000, 3_600_000, 86_400_000]
  const step = ms >= 2 * day ? day : ms > 2 * hour ? hour : minute
  return Math.max(minute, Math.floor(ms / step) * step)
}

/** The square root of a point's changes, shared out among the three kinds: a day of thousands leaves a day of dozens visible. */
const shareOf = (part: number, total: number, most: number): number =>
  total === 0 ? 0 : (Math.sqrt(total / most) * part) / total

function Bar({ share, className }: { share: number; className: string }): ReactNode {
  if (share === 0) return null
  const style: CSSProperties & { '--share': string } = { '--share': `${Math.max(2, share * 100)}%` }
  return <span className={cx('w-(--share) rounded-xs sm:h-(--share) sm:w-full', className)} style={style} />
}
