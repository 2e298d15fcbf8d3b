import type { ReactNode } from 'react'
import { cx } from './cx.ts'
import { type Tone, toneText } from './tone.ts'

/** One big number with what it counts; put several into a `Stats`. */
export function Stat({
  label,
  value,
  unit,
  note,
  tone = 'neutral',
}: {
  label: ReactNode
  value: ReactNode
  unit?: ReactNode
  note?: ReactNode
  tone?: Tone
}): ReactNode {
  return (
    <div className="flex min-w-0 flex-col gap-0.5 bg-surface px-4 py-3">
      <dt className="text-sm text-soft">{label}</dt>
      <dd
        className={cx('figures text-[1.75rem]/9 font-semibold tracking-tight', tone === 'neutral' ? 'text-ink' : toneText[tone])}
      >
        {value}
        {unit === undefined ? null : <span className="ml-1 text-base font-medium text-soft">{unit}</span>}
      </dd>
      {note === undefined ? null : <dd className="text-sm text-faint">{note}</dd>}
    </div>
  )
}

export function Stats({ children, columns = 4 }: { children: ReactNode; columns?: 2 | 3 | 4 }): ReactNode {
  const wide = { 2: 'sm:grid-cols-2', 3: 'sm:grid-cols-3', 4: 'md:grid-cols-4' }[columns]
  // An odd one out takes the whole last row of a narrow screen: no empty cell.
  const last = columns === 3 ? 'max-sm:*:last:col-span-2' : ''
  return (
    <dl className={cx('grid grid-cols-2 gap-px overflow-hidden rounded-lg border border-line bg-line', wide, last)}>
      {children}
    </dl>
  )
}
