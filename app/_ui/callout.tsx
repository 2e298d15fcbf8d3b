import CircleCheck from 'lucide-react/icons/circle-check'
import Info from 'lucide-react/icons/info'
import LoaderCircle from 'lucide-react/icons/loader-circle'
import OctagonAlert from 'lucide-react/icons/octagon-alert'
import Timer from 'lucide-react/icons/timer'
import type { ReactNode } from 'react'
import { cx } from './cx.ts'
import { type Tone, toneText, toneTint } from './tone.ts'

const icons = { neutral: Info, accent: Info, run: LoaderCircle, good: CircleCheck, warn: Timer, danger: OctagonAlert } as const

/** Something to know before going on. The icon repeats the colour's meaning, the title says it in words. */
export function Callout({
  tone = 'neutral',
  title,
  icon,
  children,
  action,
}: {
  tone?: Tone
  title: ReactNode
  /** Where the tone's own would say something else. */
  icon?: ReactNode
  children?: ReactNode
  action?: ReactNode
}): ReactNode {
  const Icon = icons[tone]
  return (
    <div className={cx('flex gap-3 rounded-md border p-4', toneTint[tone])}>
      <span className={cx('mt-0.5 shrink-0 [&_svg]:size-5', toneText[tone])}>{icon ?? <Icon aria-hidden="true" />}</span>
      <div className="min-w-0 flex-1 space-y-1">
        <p className={cx('font-medium', tone === 'neutral' ? 'text-ink' : toneText[tone])}>{title}</p>
        {children === undefined ? null : <div className="space-y-2 text-ink">{children}</div>}
        {action === undefined ? null : <div className="pt-2">{action}</div>}
      </div>
    </div>
  )
}
