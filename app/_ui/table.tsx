import type { ComponentProps, ReactNode } from 'react'
import { cx } from './cx.ts'
import { scrollable } from './scrollable.ts'

/** A table that scrolls sideways in its own frame, never the page. `caption` names it for those who cannot see it. */
export function Table({
  caption,
  dense = false,
  children,
}: {
  caption: string
  dense?: boolean
  children: ReactNode
}): ReactNode {
  return (
    <section className="overflow-x-auto rounded-lg border border-line bg-surface" aria-label={caption} {...scrollable}>
      <table
        className={cx(
          'w-full border-collapse text-left',
          dense ? 'text-dense [&_td]:h-9 [&_th]:h-8' : 'text-sm [&_td]:h-11 [&_th]:h-10',
        )}
      >
        <caption className="sr-only">{caption}</caption>
        {children}
      </table>
    </section>
  )
}

export const Thead = (props: ComponentProps<'thead'>): ReactNode => <thead className="bg-sunken text-soft" {...props} />

export const Tbody = (props: ComponentProps<'tbody'>): ReactNode => <tbody className="divide-y divide-line" {...props} />

type Cell = { numeric?: boolean; className?: string }

export function Th({ numeric = false, className, ...rest }: Cell & ComponentProps<'th'>): ReactNode {
  return (
    <th
      scope="col"
      className={cx('px-2 font-medium sm:px-3 sm:whitespace-nowrap', numeric && 'text-right', className)}
      {...rest}
    />
  )
}

/** The cell that names its row. */
export function RowHead({ className, ...rest }: Cell & ComponentProps<'th'>): ReactNode {
  return <th scope="row" className={cx('min-w-20 px-2 py-1.5 font-medium sm:min-w-28 sm:px-3', className)} {...rest} />
}

export function Td({ numeric = false, className, ...rest }: Cell & ComponentProps<'td'>): ReactNode {
  return <td className={cx('px-2 py-1.5 sm:px-3', numeric && 'figures text-right whitespace-nowrap', className)} {...rest} />
}
