import type { Route } from 'next'
import Link from 'next/link'
import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { TicketForm } from '#app/_ticket/ticket-form.tsx'
import { EventButton } from '#app/_ui/event-button.tsx'
import { sayPlan } from '#app/_ui/say-plan.ts'
import { StateBadge } from '#app/_ui/state-badge.tsx'
import { RowHead, Table, Tbody, Td, Th, Thead } from '#app/_ui/table.tsx'
import { TimeText } from '#app/_ui/time-text.tsx'
import type { Person } from '#lib/domain/actor.ts'
import { turns } from '#lib/domain/clocks.ts'
import type { QueueRow, QueueView } from '#lib/tickets/read-queue.ts'
import { LethalClock } from './lethal-clock.tsx'

/** One line a ticket; the number is the link, `j` and `k` walk over these. */
export async function QueueTable({
  rows,
  now,
  actor,
  view,
}: {
  rows: QueueRow[]
  now: Date
  actor: Person
  view: QueueView
}): Promise<ReactNode> {
  const [t, views] = await Promise.all([getTranslations('queue.columns'), getTranslations('queue.views')])
  // What has ended has no clock and is nobody's turn.
  const ended = view === 'closed'
  return (
    <Table caption={views(view)} dense stacks>
      <Thead>
        <tr>
          {ended ? null : <Th>{t('clock')}</Th>}
          <Th numeric>{t('number')}</Th>
          <Th>{t('subject')}</Th>
          <Th>{t('portal')}</Th>
          <Th>{t('scope')}</Th>
          <Th>{t('state')}</Th>
          {ended ? null : <Th>{t('turn')}</Th>}
          <Th>{t('assignee')}</Th>
          <Th>{t('opened')}</Th>
        </tr>
      </Thead>
      <Tbody>
        {rows.map((row) => (
          <Row key={row.number} row={row} now={now} actor={actor} />
        ))}
      </Tbody>
    </Table>
  )
}

async function Row({ row, now, actor }: { row: QueueRow; now: Date; actor: Person }): Promise<ReactNode> {
  const [scopes, turnWords, plan] = await Promise.all([
    getTranslations('scopes'),
    getTranslations('turns'),
    sayPlan(row.portal.plan),
  ])
  const turn = turns.find((known) => known === row.turn)
  const href = `/desk/tickets/${row.number}` as Route
  return (
    <tr data-ticket={row.number} className="hover:bg-hover focus-within:bg-hover">
      {row.closed ? null : (
        <Td className="whitespace-nowrap max-md:col-span-full">
          <LethalClock clock={row.lethalClock} at={row.lethalAt} now={now} timeZone={actor.timeZone} />
        </Td>
      )}
      <RowHead numeric>
        <Link href={href} className="text-accent underline-offset-2 hover:underline" data-row-link="">
          {row.number}
        </Link>
      </RowHead>
      <Td className="max-md:col-span-2 md:w-full md:min-w-56">
        <span className="line-clamp-2 md:line-clamp-1">{row.subject}</span>
      </Td>
      <Td className="max-md:col-span-2 md:whitespace-nowrap">
        {row.portal.name} <span className="text-faint">{plan}</span>
      </Td>
      <Td className="whitespace-nowrap max-md:justify-self-end">{scopes(row.scope)}</Td>
      <Td className="max-md:col-span-2">
        <StateBadge state={row.state} scope={row.scope} />
      </Td>
      {row.closed ? null : <Td className="whitespace-nowrap max-md:hidden">{turn === undefined ? row.turn : turnWords(turn)}</Td>}
      <Td className="whitespace-nowrap max-md:justify-self-end">
        <Assignee row={row} actor={actor} />
      </Td>
      <Td className="whitespace-nowrap text-soft max-md:hidden">
        <TimeText at={row.openedAt} now={now} timeZone={actor.timeZone} show="relative" />
      </Td>
    </tr>
  )
}

/** Whose it is; nobody's can be claimed from the row. */
async function Assignee({ row, actor }: { row: QueueRow; actor: Person }): Promise<ReactNode> {
  const t = await getTranslations('queue')
  if (row.assignee)
    return row.assignee.id === actor.userId ? <strong className="font-medium">{t('me')}</strong> : row.assignee.name
  if (!actor.deskRoles.includes('agent') || row.closed) return <span className="text-faint">{t('nobody')}</span>
  return (
    <TicketForm ticket={row}>
      <EventButton event="CLAIM_TICKET" variant="plain" size="row">
        {t('claim')}
      </EventButton>
    </TicketForm>
  )
}
