import type { ReactNode } from 'react'
import { cx } from './cx.ts'
import { type Tone, toneText, toneTint } from './tone.ts'

export function Badge({ tone = 'neutral', icon, children }: { tone?: Tone; icon?: ReactNode; children: ReactNode }): ReactNode {
  return (
    <span
      className={cx(
        'inline-flex h-6 items-center gap-1 rounded-sm border px-1.5 text-xs font-medium whitespace-nowrap [&_svg]:size-3.5',
        toneTint[tone],
        toneText[tone],
      )}
    >
      {icon}
      {children}
    </span>
  )
}
