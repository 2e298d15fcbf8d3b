import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { Callout } from '#app/_ui/callout.tsx'
import { LossPreview } from '#app/_ui/loss-preview.tsx'
import { RefusalCard } from '#app/_ui/refusal-card.tsx'
import { sayRefusal } from '#app/_ui/say-refusal.ts'
import { Skeleton } from '#app/_ui/skeleton.tsx'
import type { AskedPreview } from '#lib/tickets/read-asked-preview.ts'
import { PollRefresh } from './poll-refresh.tsx'

/** A preview that was asked for: being computed, there, refused, or failed, each at the same place. */
export async function AskedLoss({
  preview,
  timeZone,
  readerZone,
  masked = false,
}: {
  preview: AskedPreview
  timeZone: string
  readerZone: string
  /** For the desk: counts, not people's records. */
  masked?: boolean
}): Promise<ReactNode> {
  const t = await getTranslations('asked')
  switch (preview.state) {
    case 'computing':
      return (
        <div className="space-y-4" data-preview="computing">
          <output className="block">{t('computing')}</output>
          <div className="grid grid-cols-2 gap-2 md:grid-cols-4">
            {['a', 'b', 'c', 'd'].map((key) => (
              <Skeleton key={key} className="h-26" />
            ))}
          </div>
          <Skeleton className="h-40" />
          <PollRefresh everyMs={1000} />
        </div>
      )
    case 'ready':
      return (
        <div data-preview="ready">
          <LossPreview report={preview.report} timeZone={timeZone} purpose={preview.purpose} masked={masked} />
        </div>
      )
    case 'refused':
      return <RefusalCard refusal={await sayRefusal(preview.refusal, readerZone)} />
    case 'failed':
      return (
        <Callout tone="danger" title={t('failed')}>
          {t('failedWhy')}
        </Callout>
      )
  }
}
