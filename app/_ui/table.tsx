import type { ComponentProps, ReactNode } from 'react'
import { cx } from './cx.ts'
import { scrollable } from './scrollable.ts'

/** On a telephone a row is a small block of three columns, the cells placed by their own classes, so that nothing lies outside the screen. */
const stacked = cx(
  'max-md:block max-md:[&_thead]:sr-only max-md:[&_tbody]:block',
  'max-md:[&_tbody_tr]:grid max-md:[&_tbody_tr]:grid-cols-[auto_minmax(0,1fr)_auto] max-md:[&_tbody_tr]:items-center max-md:[&_tbody_tr]:gap-x-3 max-md:[&_tbody_tr]:gap-y-1',
  'max-md:[&_tbody_tr]:px-3 max-md:[&_tbody_tr]:py-2 max-md:[&_tbody_td]:h-auto max-md:[&_tbody_th]:h-auto max-md:[&_tbody_td]:p-0 max-md:[&_tbody_th]:p-0',
)

/** A table that scrolls sideways in its own frame, never the page. `caption` names it for those who cannot see it. */
export function Table({
  caption,
  dense = false,
  stacks = false,
  children,
}: {
  caption: string
  dense?: boolean
  stacks?: boolean
  children: ReactNode
}): ReactNode {
  return (
    <section className="overflow-x-auto rounded-lg border border-line bg-surface" aria-label={caption} {...scrollable}>
      <table
        className={cx(
          'w-full border-collapse text-left',
          dense
            ? 'text-dense [&_td]:h-9 [&_td]:px-2 [&_th]:h-8 [&_th]:px-2 md:[&_tr>:first-child]:pl-3 md:[&_tr>:last-child]:pr-3'
            : 'text-sm [&_td]:h-11 [&_th]:h-10',
          stacks && stacked,
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
      className={cx('px-2 py-1.5 font-medium sm:px-3 sm:whitespace-nowrap', numeric && 'text-right', className)}
      {...rest}
    />
  )
}

/** The cell that names its row. */
export function RowHead({ numeric = false, className, ...rest }: Cell & ComponentProps<'th'>): ReactNode {
  const look = numeric ? 'figures text-right whitespace-nowrap' : 'min-w-20 sm:min-w-28'
  return <th scope="row" className={cx('px-2 py-1.5 font-medium sm:px-3', look, className)} {...rest} />
}

export function Td({ numeric = false, className, ...rest }: Cell & ComponentProps<'td'>): ReactNode {
  return <td className={cx('px-2 py-1.5 sm:px-3', numeric && 'figures text-right whitespace-nowrap', className)} {...rest} />
}
