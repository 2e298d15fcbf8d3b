import type { ReactNode } from 'react'
import { cx } from './cx.ts'

/** A titled part of a page. `level` is the heading's rank in the page's outline. */
export function Card({
  title,
  aside,
  children,
  level = 2,
  id,
  dense = false,
}: {
  title?: ReactNode
  aside?: ReactNode
  children: ReactNode
  level?: 2 | 3
  id?: string
  dense?: boolean
}): ReactNode {
  const Heading = level === 2 ? 'h2' : 'h3'
  return (
    <section id={id} className="rounded-lg border border-line bg-surface shadow-card">
      {title === undefined ? null : (
        <header
          className={cx(
            'flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1',
            dense ? 'px-3 pt-2.5' : 'px-4 pt-4 sm:px-5',
          )}
        >
          <Heading className={cx('font-semibold', dense ? 'text-sm' : 'text-base')}>{title}</Heading>
          {aside === undefined ? null : <div className="text-sm text-soft">{aside}</div>}
        </header>
      )}
      <div className={dense ? 'p-3' : 'p-4 sm:p-5'}>{children}</div>
    </section>
  )
}
