import Check from 'lucide-react/icons/check'
import CircleX from 'lucide-react/icons/circle-x'
import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { bytes } from '#lib/domain/byte-words.ts'
import type { StepRead } from '#lib/tickets/read-run.ts'
import { cx } from './cx.ts'
import { number, percent } from './format/numbers.ts'
import { duration } from './format/time.ts'
import { Spinner } from './spinner.tsx'

export type RunShown = {
  kind: 'restore' | 'undo'
  way: 'in_place' | 'swap' | 'files'
  state: 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'stale'
  steps: StepRead[]
  progress: { done: number; total: number; unit: 'rows' | 'bytes' | 'tables'; leftMs?: number; table?: string } | null
  cancelRequestedAt: Date | null
  committedAt: Date | null
  writePauseMs: number | null
  offlineMs: number | null
}

/**
 * A run as it goes: its steps, rows or bytes, the time left as measured, the write pause or offline time as measured. `stop` is the form
 * with the stop button; it belongs here until the commit and is not drawn after it.
 */
export async function RunMonitor({ run, now, stop }: { run: RunShown; now: Date; stop?: ReactNode }): Promise<ReactNode> {
  const [t, locale] = await Promise.all([getTranslations('run'), getLocale()])
  const live = run.state === 'queued' || run.state === 'running'
  const failed = run.state === 'failed' || run.state === 'cancelled' || run.state === 'stale'
  const { progress } = run
  const amount = (value: number) => (progress?.unit === 'bytes' ? bytes(value, locale) : number(value, locale))
  const share = progress && progress.total > 0 ? Math.min(1, progress.done / progress.total) : null
  const offline = run.way === 'swap'
  const measured = offline ? run.offlineMs : run.writePauseMs
  return (
    <div className="space-y-5" data-run={run.state}>
      {live && progress && share !== null ? (
        <div className="space-y-1.5">
          <div className="figures flex flex-wrap justify-between gap-x-4 text-sm">
            <span>{t('amount', { done: amount(progress.done), total: amount(progress.total), unit: progress.unit })}</span>
            <span className="text-soft">
              {progress.leftMs === undefined
                ? percent(share, locale)
                : t('left', { time: duration(Math.ceil(progress.leftMs / 1000) * 1000, locale) })}
            </span>
          </div>
          <progress className="sr-only" value={progress.done} max={progress.total} aria-label={t('progress')} />
          <div aria-hidden="true" className="h-2 overflow-hidden rounded-full bg-hover">
            <div
              className="h-full origin-left rounded-full bg-run-fill transition-[width]"
              style={{ width: `${share * 100}%` }}
            />
          </div>
        </div>
      ) : null}
      <ol
        className={cx(
          'grid gap-x-8 gap-y-0.5 sm:grid-flow-col sm:grid-cols-2',
          run.steps.length > 12 ? 'sm:grid-rows-7' : 'sm:grid-rows-6',
        )}
        aria-label={t('steps')}
      >
        {run.steps.map((step) => {
          const stoppedHere = failed && step.state === 'running'
          const name = step.step === 'lock' && offline ? 'bar' : step.step
          const took = step.startedAt && step.finishedAt ? step.finishedAt.getTime() - step.startedAt.getTime() : null
          return (
            <li
              key={step.step}
              data-step={step.step}
              data-step-state={step.state}
              aria-current={live && step.state === 'running' ? 'step' : undefined}
              className={cx('flex min-h-9 items-center gap-2.5', step.state === 'waiting' ? 'text-faint' : 'text-ink')}
            >
              <span
                aria-hidden="true"
                className={cx(
                  'grid size-5 shrink-0 place-items-center rounded-full [&_svg]:size-3.5',
                  stoppedHere
                    ? 'text-danger'
                    : step.state === 'done'
                      ? 'bg-good-tint text-good'
                      : step.state === 'running'
                        ? 'text-run'
                        : 'border border-line',
                )}
              >
                {stoppedHere ? (
                  <CircleX />
                ) : step.state === 'done' ? (
                  <Check strokeWidth={3} />
                ) : step.state === 'running' && live ? (
                  <Spinner />
                ) : null}
              </span>
              <span className={step.state === 'running' ? 'font-medium' : ''}>
                {t(`step.${name}`)}
                <span className="sr-only">: {t(`stepState.${stoppedHere ? 'stopped' : step.state}`)}</span>
                {step.attempt > 1 ? (
                  <span className="ml-2 text-xs text-faint">{t('attempt', { count: step.attempt })}</span>
                ) : null}
              </span>
              {took === null ? null : <span className="figures ml-auto text-sm text-faint">{duration(took, locale)}</span>}
              {took === null && step.state === 'running' && step.startedAt && live ? (
                <span className="figures ml-auto text-sm text-run">
                  {duration(now.getTime() - step.startedAt.getTime(), locale)}
                </span>
              ) : null}
            </li>
          )
        })}
      </ol>
      {measured === null ? null : (
        <p className="text-sm text-soft">
          {offline ? t('offline') : t('writePause')}{' '}
          <span className="figures font-semibold text-ink">{duration(measured, locale)}</span> (
          {offline ? t('offlineNote') : t('writePauseNote')})
        </p>
      )}
      {live && run.committedAt === null ? (
        run.cancelRequestedAt === null ? (
          stop
        ) : (
          <p className="flex items-center gap-2 text-sm text-warn">
            <span className="size-4">
              <Spinner />
            </span>
            {t('stopping')}
          </p>
        )
      ) : live ? (
        <p className="text-sm text-soft">{t('pastCommit')}</p>
      ) : null}
    </div>
  )
}
