import type { ComponentProps, ReactNode } from 'react'
import { cx } from '#app/_ui/cx.ts'
import { PageHeader } from '#app/_ui/page-header.tsx'
import type { TicketRead } from '#lib/tickets/read-ticket.ts'

type Props = ComponentProps<typeof PageHeader> & {
  ticket: Pick<TicketRead, 'number' | 'version' | 'life'>
  dense?: boolean
  children: ReactNode
}

/** The frame of every page of a ticket: the page says which ticket it shows, in which state and from which version it was made. */
export function TicketPage({ ticket, dense = false, children, ...header }: Props): ReactNode {
  return (
    <main
      id="main"
      tabIndex={-1}
      className={cx('outline-none', dense ? 'space-y-3' : 'space-y-6')}
      data-state={ticket.life.state}
      data-version={ticket.version}
      data-ticket={ticket.number}
    >
      <PageHeader {...header} />
      {children}
    </main>
  )
}
