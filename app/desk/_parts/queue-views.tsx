import Link from 'next/link'
import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { ScrollToCurrent } from '#app/_ui/scroll-to-current.tsx'
import { countsAtMost, type Queue, type QueueQuery, queueViews } from '#lib/tickets/read-queue.ts'
import { queueAddress } from './queue-address.ts'

/** Saved views with how many tickets each holds; counts stop at the cap, so that they cost the same on any day. */
export async function QueueViews({ query, counts }: { query: QueueQuery; counts: Queue['counts'] }): Promise<ReactNode> {
  const t = await getTranslations('queue')
  return (
    <nav aria-label={t('viewsLabel')} className="max-w-full overflow-x-auto">
      <ul className="flex gap-0.5">
        {queueViews.map((view) => (
          <li key={view}>
            <Link
              href={queueAddress({ ...query, view, cursor: undefined })}
              aria-current={view === query.view ? 'page' : undefined}
              data-current={view === query.view ? '' : undefined}
              className="flex min-h-8 items-center gap-1.5 rounded-md px-2 text-dense whitespace-nowrap text-soft hover:bg-hover hover:text-ink aria-[current=page]:bg-accent-tint aria-[current=page]:font-medium aria-[current=page]:text-accent"
            >
              {t(`views.${view}`)}
              <span className="figures text-faint">{counts[view] >= countsAtMost ? `${countsAtMost - 1}+` : counts[view]}</span>
            </Link>
          </li>
        ))}
      </ul>
      <ScrollToCurrent key={query.view} />
    </nav>
  )
}
