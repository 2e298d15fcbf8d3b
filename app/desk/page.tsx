import ChevronLeft from 'lucide-react/icons/chevron-left'
import ChevronRight from 'lucide-react/icons/chevron-right'
import Inbox from 'lucide-react/icons/inbox'
import type { Metadata, Route } from 'next'
import { notFound } from 'next/navigation'
import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { ButtonLink } from '#app/_ui/button.tsx'
import { EmptyState } from '#app/_ui/empty-state.tsx'
import { PageHeader } from '#app/_ui/page-header.tsx'
import { deskDb } from '#lib/runtime/desk.ts'
import { type Queue, type QueueQuery, queueQuerySchema, readQueue } from '#lib/tickets/read-queue.ts'
import { Alerts } from './_parts/alerts.tsx'
import { queueAddress } from './_parts/queue-address.ts'
import { QueueFilter } from './_parts/queue-filter.tsx'
import { QueueKeys } from './_parts/queue-keys.tsx'
import { QueueTable } from './_parts/queue-table.tsx'
import { QueueViews } from './_parts/queue-views.tsx'
import { requireStaff } from './_parts/require-staff.ts'

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> }

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('queue')
  return { title: t('title') }
}

/** The queue: what dies first on top, saved views as addresses, moved through by keyboard. */
export default async function QueuePage({ searchParams }: Props): Promise<ReactNode> {
  const [actor, params, t] = await Promise.all([requireStaff(), searchParams, getTranslations('queue')])
  const query = queueQuerySchema.parse(params)
  const queue = await readQueue(deskDb(), actor, query)
  if (queue === null) notFound()
  return (
    <main id="main" tabIndex={-1} className="space-y-3 outline-none">
      <PageHeader
        title={t('title')}
        facts={<span>{t(query.view === 'closed' ? 'orderEnded' : 'order')}</span>}
        actions={<QueueKeys words={await keyWords()} />}
      />
      <Alerts actor={actor} />
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <QueueViews query={query} counts={queue.counts} />
        <QueueFilter query={query} />
      </div>
      {queue.rows.length === 0 ? (
        <Nothing query={query} />
      ) : (
        <QueueTable rows={queue.rows} now={queue.now} actor={actor} view={query.view} />
      )}
      <Pages query={query} queue={queue} />
    </main>
  )
}

async function Pages({ query, queue }: { query: QueueQuery; queue: Queue }): Promise<ReactNode> {
  const t = await getTranslations('queue')
  const { previousCursor, nextCursor } = queue
  if (previousCursor === null && nextCursor === null) return null
  return (
    <nav aria-label={t('pages')} className="flex justify-between gap-2">
      {previousCursor === null ? null : (
        <ButtonLink
          size="dense"
          icon={<ChevronLeft aria-hidden="true" />}
          href={queueAddress({ ...query, cursor: previousCursor })}
        >
          {t('previous')}
        </ButtonLink>
      )}
      {nextCursor === null ? null : (
        <ButtonLink size="dense" className="ml-auto" href={queueAddress({ ...query, cursor: nextCursor })}>
          {t('next')}
          <ChevronRight aria-hidden="true" />
        </ButtonLink>
      )}
    </nav>
  )
}

async function Nothing({ query }: { query: QueueQuery }): Promise<ReactNode> {
  const t = await getTranslations('queue')
  const filtered = query.q !== '' || query.scope !== undefined
  const all: Route = '/desk'
  return (
    <EmptyState
      icon={<Inbox aria-hidden="true" />}
      title={filtered ? t('nothingFound') : t('nothingHere')}
      action={
        filtered || query.view !== 'all' ? (
          <ButtonLink size="dense" href={filtered ? queueAddress({ ...query, q: '', scope: undefined, cursor: undefined }) : all}>
            {filtered ? t('clear') : t('showAll')}
          </ButtonLink>
        ) : undefined
      }
    >
      {filtered ? (query.q === '' ? t('nothingInScope') : t('nothingFoundWhy', { words: query.q })) : t('nothingHereWhy')}
    </EmptyState>
  )
}

async function keyWords() {
  const [t, shell] = await Promise.all([getTranslations('queue.keys'), getTranslations('shell')])
  return {
    help: t('help'),
    title: t('title'),
    close: shell('close'),
    keys: [
      ['j', t('down')],
      ['k', t('up')],
      ['Enter', t('open')],
      ['c', t('claim')],
      ['/', t('search')],
      ['Esc', t('back')],
      ['?', t('list')],
    ] satisfies [string, string][],
  }
}
