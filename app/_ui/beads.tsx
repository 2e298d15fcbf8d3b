import Check from 'lucide-react/icons/check'
import X from 'lucide-react/icons/x'
import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import type { TicketState } from '#lib/domain/machine-context.ts'
import { beadsOf } from './beads-of.ts'
import { cx } from './cx.ts'

/** Where a customer's ticket stands, at a glance. */
export async function Beads({
  state,
  lastState = null,
}: {
  state: TicketState
  lastState?: TicketState | null
}): Promise<ReactNode> {
  const t = await getTranslations('beads')
  const beads = beadsOf(state, lastState)
  return (
    <ol className="grid grid-cols-6" aria-label={t('title')}>
      {beads.map(({ step, is }, place) => (
        <li
          key={step}
          aria-current={is === 'here' || is === 'stopped' ? 'step' : undefined}
          className="relative flex flex-col items-center gap-1.5 text-center"
        >
          {place === 0 ? null : (
            <span
              aria-hidden="true"
              className={cx('absolute top-3.5 right-1/2 h-0.5 w-full', is === 'ahead' ? 'bg-line' : 'bg-accent')}
            />
          )}
          <span
            aria-hidden="true"
            className={cx(
              'relative z-10 grid size-7 place-items-center rounded-full border-2 text-sm [&_svg]:size-4',
              is === 'done' && 'border-accent bg-accent text-on-accent',
              is === 'here' && 'border-accent bg-surface font-semibold text-accent ring-4 ring-accent-tint',
              is === 'ahead' && 'border-line bg-surface text-faint',
              is === 'stopped' && 'border-danger bg-surface text-danger ring-4 ring-danger-tint',
            )}
          >
            {is === 'done' ? <Check strokeWidth={3} /> : is === 'stopped' ? <X strokeWidth={3} /> : place + 1}
          </span>
          <span
            className={cx(
              'px-0.5 text-xs sm:text-sm',
              is === 'here' ? 'font-semibold text-ink' : is === 'stopped' ? 'font-semibold text-danger' : 'text-soft',
              is !== 'here' && is !== 'stopped' && 'max-sm:sr-only',
            )}
          >
            {t(`steps.${step}`)}
            <span className="sr-only">: {t(`is.${is}`)}</span>
          </span>
        </li>
      ))}
    </ol>
  )
}
