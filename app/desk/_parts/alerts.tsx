import TriangleAlert from 'lucide-react/icons/triangle-alert'
import type { Route } from 'next'
import Link from 'next/link'
import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { cx } from '#app/_ui/cx.ts'
import { about } from '#app/_ui/format/numbers.ts'
import { absoluteTime } from '#app/_ui/format/time.ts'
import type { Person } from '#lib/domain/actor.ts'
import { captureReasonWords } from '#lib/domain/refusal-words.ts'
import { deskDb } from '#lib/runtime/desk.ts'
import type { AlertKind } from '#lib/snapshots/alerts.ts'
import { readOpenAlerts } from '#lib/snapshots/read-alerts.ts'

const shownAtMost = 5

/** Alerts that the portal's restore points tell more about. */
const ofPoints: ReadonlySet<AlertKind> = new Set([
  'capture_missed',
  'capture_failed',
  'second_place_late',
  'second_place_failed',
  'snapshot_bad',
  'drill_failed',
] as const)

const link = 'inline-block min-h-6 text-accent underline underline-offset-2'

const ofPortal = (name: string): Route => `/desk?q=${encodeURIComponent(name)}`

/** What the desk must look at besides tickets: a missed or failed capture (R1), a mass deletion (R15), a mail nobody got, a break-glass restore to review. */
export async function Alerts({ actor }: { actor: Person }): Promise<ReactNode> {
  const [alerts, t, locale] = await Promise.all([
    readOpenAlerts(deskDb(), actor, shownAtMost),
    getTranslations('desk.alerts'),
    getLocale(),
  ])
  if (alerts.length === 0) return null
  return (
    <section aria-label={t('label')} className="rounded-md border border-warn-line bg-warn-tint px-3 py-2">
      <ul className="space-y-2 text-dense md:space-y-1">
        {alerts.map((alert) => (
          <li key={alert.id} className="flex gap-x-2">
            <TriangleAlert className="mt-0.5 size-3.5 shrink-0 text-warn" aria-hidden="true" />
            <span className="flex min-w-0 flex-wrap gap-x-2">
              <span className="break-words">
                {t(alert.kind, { portal: alert.portal ?? '', subject: alert.subject, count: about(alert.deleted ?? 0) })}
                {alert.reason === null ? null : `. ${captureReasonWords(alert.reason, locale)}`}
              </span>
              {alert.said === null ? null : (
                <code lang="en" className="line-clamp-3 basis-full break-words text-soft">
                  {alert.said}
                </code>
              )}
              {alert.ticket === null ? null : (
                <Link className={cx(link, 'figures')} href={`/desk/tickets/${alert.ticket}`}>
                  {t('ticket', { number: String(alert.ticket) })}
                </Link>
              )}
              <span className="figures text-soft">
                {t('since', { time: absoluteTime(alert.raisedAt, { locale, timeZone: actor.timeZone }) })}
              </span>
              {alert.kind === 'mass_deletion' && alert.portal !== null ? (
                <Link className={link} href={ofPortal(alert.portal)}>
                  {t('tickets')}
                </Link>
              ) : null}
              {ofPoints.has(alert.kind) && alert.externalId !== null ? (
                <Link className={link} href={`/desk/portals/${encodeURIComponent(alert.externalId)}` as Route}>
                  {t('points')}
                </Link>
              ) : null}
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}
