import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { Callout } from '#app/_ui/callout.tsx'
import { LiveRefresh } from '#app/_ui/live-refresh.tsx'
import { LossPreview } from '#app/_ui/loss-preview.tsx'
import { PreviewProgressBar } from '#app/_ui/preview-progress.tsx'
import { RefusalCard } from '#app/_ui/refusal-card.tsx'
import { sayRefusal } from '#app/_ui/say-refusal.ts'
import type { AskedPreview } from '#lib/tickets/read-asked-preview.ts'

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
  const [t, shell] = await Promise.all([getTranslations('asked'), getTranslations('shell')])
  switch (preview.state) {
    case 'computing':
      return (
        <div className="space-y-4" data-preview="computing">
          <PreviewProgressBar progress={preview.progress} />
          <LiveRefresh preview={preview.id} words={{ updated: '', offline: shell('offline') }} />
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
