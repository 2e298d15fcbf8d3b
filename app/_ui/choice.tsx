import type { ComponentProps, ReactNode } from 'react'
import { cx } from './cx.ts'

/** One tick or one of several choices, as a large target: the whole card is its label. */
export function Choice({
  type = 'radio',
  title,
  children,
  aside,
  className,
  ...rest
}: { type?: 'radio' | 'checkbox'; title: ReactNode; aside?: ReactNode; children?: ReactNode } & Omit<
  ComponentProps<'input'>,
  'type' | 'title'
>): ReactNode {
  return (
    <label
      className={cx(
        'flex min-h-11 gap-3 rounded-lg border border-control/60 bg-surface p-4 transition-colors hover:border-soft',
        'has-checked:border-accent has-checked:bg-accent-tint has-checked:ring-1 has-checked:ring-accent',
        'has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent',
        'has-disabled:border-line has-disabled:bg-sunken has-disabled:text-faint',
        className,
      )}
    >
      <input type={type} className="mt-1 size-4 shrink-0 accent-accent focus-visible:outline-none" {...rest} />
      <span className="min-w-0 flex-1">
        <span className="flex flex-wrap justify-between gap-x-3">
          <span className="font-medium">{title}</span>
          {aside === undefined ? null : <span className="text-sm text-soft">{aside}</span>}
        </span>
        {children === undefined ? null : <span className="mt-1 block text-soft">{children}</span>}
      </span>
    </label>
  )
}
