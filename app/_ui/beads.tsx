import Check from 'lucide-react/icons/check'
import X from 'lucide-react/icons/x'
import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import type { TicketState } from '#lib/domain/machine-context.ts'
import { cx } from './cx.ts'

const steps = ['sent', 'owner', 'plan', 'approval', 'restore', 'done'] as const
type Step = (typeof steps)[number]
type Bead = { step: Step; is: 'done' | 'here' | 'ahead' | 'stopped' }

const stepOfState: Record<TicketState, Step> = {
  submitted: 'sent',
  verifyingOwner: 'owner',
  checkingPlan: 'plan',
  awaitingUpgrade: 'plan',
  awaitingApproval: 'approval',
  scheduled: 'restore',
  restoring: 'restore',
  restoreFailed: 'restore',
  restored: 'done',
  undoing: 'done',
  undone: 'done',
  closed: 'done',
  rejected: 'done',
  cancelled: 'done',
  expired: 'done',
}
const stopped: readonly TicketState[] = ['restoreFailed', 'rejected', 'cancelled', 'expired']

/** The machine as six beads. `lastState` is where a ticket stood before it was rejected, cancelled or expired: that bead is where it stopped. */
export function beadsOf(state: TicketState, lastState: TicketState | null = null): Bead[] {
  const isStopped = stopped.includes(state)
  const at = steps.indexOf(stepOfState[isStopped && lastState !== null ? lastState : state])
  const finished = state === 'closed' || state === 'undone'
  return steps.map((step, place) => {
    if (place < at) return { step, is: 'done' }
    if (place > at) return { step, is: 'ahead' }
    return { step, is: isStopped ? 'stopped' : finished ? 'done' : 'here' }
  })
}

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
              'relative grid size-7 place-items-center rounded-full border-2 text-sm [&_svg]:size-4',
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
