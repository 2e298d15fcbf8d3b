import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { Card } from '#app/_ui/card.tsx'
import { absoluteTime, duration } from '#app/_ui/format/time.ts'
import type { TicketRead } from '#lib/tickets/read-ticket.ts'

/** How this very restore point did when it was restored on trial; silent where it never was. */
export async function Rehearsal({ ticket, timeZone }: { ticket: TicketRead; timeZone: string }): Promise<ReactNode> {
  const [t, locale] = await Promise.all([getTranslations('approvals'), getLocale()])
  const { provenAt, recoveryMs } = ticket.snapshot
  if (provenAt === null || recoveryMs === null) return null
  return (
    <Card title={t('rehearsal')} dense>
      <p className="figures">
        {t('rehearsed', { time: absoluteTime(provenAt, { locale, timeZone }), took: duration(recoveryMs, locale) })}
      </p>
    </Card>
  )
}
