import ChevronRight from 'lucide-react/icons/chevron-right'
import type { Route } from 'next'
import Link from 'next/link'
import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { StateBadge } from '#app/_ui/state-badge.tsx'
import { TimeText } from '#app/_ui/time-text.tsx'
import type { MyTicket } from '#lib/tickets/read-my-tickets.ts'

const over = ['closed', 'rejected', 'cancelled', 'expired', 'undone']

/** Tickets that still go on first; those that are over are folded away. What waits for the reader says so. */
export async function MyTickets({
  tickets,
  now,
  timeZone,
}: {
  tickets: MyTicket[]
  now: Date
  timeZone: string
}): Promise<ReactNode> {
  const t = await getTranslations('home')
  const going = tickets.filter(({ state }) => !over.includes(state))
  const done = tickets.filter(({ state }) => over.includes(state))
  return (
    <section className="space-y-3" aria-labelledby="my-tickets">
      <h2 id="my-tickets" className="text-lg font-semibold">
        {t('tickets')}
      </h2>
      {going.length === 0 ? <p className="text-soft">{t('noneGoing')}</p> : <List {...{ now, timeZone }} tickets={going} />}
      {done.length === 0 ? null : (
        <details>
          <summary className="inline-flex min-h-11 items-center text-accent">{t('done', { count: done.length })}</summary>
          <List {...{ now, timeZone }} tickets={done} />
        </details>
      )}
    </section>
  )
}

async function List({ tickets, now, timeZone }: { tickets: MyTicket[]; now: Date; timeZone: string }): Promise<ReactNode> {
  const t = await getTranslations('home')
  return (
    <ul className="divide-y divide-line overflow-hidden rounded-lg border border-line bg-surface shadow-card">
      {tickets.map((ticket) => (
        <li
          key={ticket.number}
          data-ticket={ticket.number}
          className="relative flex items-center gap-3 p-4 transition-colors hover:bg-hover"
        >
          <div className="min-w-0 flex-1 space-y-1">
            <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
              <Link href={`/tickets/${ticket.number}` as Route} className="font-medium after:absolute after:inset-0">
                {ticket.subject}
              </Link>
              <StateBadge state={ticket.state} scope={ticket.scope} />
              {yours(ticket) ? <span className="text-sm font-medium text-accent">{t('yourTurn')}</span> : null}
            </div>
            <p className="flex flex-wrap gap-x-2 text-sm text-soft">
              <span className="figures">#{ticket.number}</span>
              <span>{ticket.portalName}</span>
              <span>
                {t('updated')} <TimeText at={ticket.updatedAt} now={now} timeZone={timeZone} show="relative" />
              </span>
            </p>
          </div>
          <ChevronRight className="size-5 shrink-0 text-faint" aria-hidden="true" />
        </li>
      ))}
    </ul>
  )
}

/** The owner's consent and the upgrade wait for the owner; after the restore everybody is asked whether it was what they needed. */
const yours = ({ turn, isOwner }: MyTicket): boolean => (turn === 'owner' && isOwner) || turn === 'requester'
