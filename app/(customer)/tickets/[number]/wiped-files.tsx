import Download from 'lucide-react/icons/download'
import TriangleAlert from 'lucide-react/icons/triangle-alert'
import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { buttonLook } from '#app/_ui/button.tsx'
import { Callout } from '#app/_ui/callout.tsx'
import { Card } from '#app/_ui/card.tsx'
import { number } from '#app/_ui/format/numbers.ts'
import { absoluteTime } from '#app/_ui/format/time.ts'
import { Withheld } from '#app/_ui/withheld.tsx'
import { bytes } from '#lib/domain/byte-words.ts'
import type { FileRead } from '#lib/tickets/read-files.ts'
import type { TicketRead } from '#lib/tickets/read-ticket.ts'

/** What a restore and its undo wiped, to be taken away as files: how much of what, until when. */
export async function WipedFiles({ ticket, timeZone }: { ticket: TicketRead; timeZone: string }): Promise<ReactNode> {
  if (ticket.files.length === 0) return null
  const t = await getTranslations('myTicket.files')
  const mayDownload = ticket.files.some((file) => file.mayDownload)
  return (
    <Card title={t('title', { scope: ticket.scope })} id="files">
      <p className="text-soft">
        {[
          ...(ticket.files.some(({ lostFiles }) => lostFiles === null) ? [t('why', { scope: ticket.scope })] : []),
          ...(ticket.files.some(({ lostFiles }) => lostFiles !== null) ? [t('lostWhy')] : []),
          ...(mayDownload ? [] : [t('who')]),
        ].join(' ')}
      </p>
      <ul className="mt-4 space-y-6">
        {ticket.files.map((file) => (
          <WipedFile key={file.id} file={file} ticket={ticket} timeZone={timeZone} />
        ))}
      </ul>
    </Card>
  )
}

async function WipedFile({
  file,
  ticket,
  timeZone,
}: {
  file: FileRead
  ticket: TicketRead
  timeZone: string
}): Promise<ReactNode> {
  const [t, locale] = await Promise.all([getTranslations('myTicket.files'), getLocale()])
  const time = (at: Date) => absoluteTime(at, { locale, timeZone })
  const written = file.lostFiles?.written ?? file.tables.reduce((sum, table) => sum + table.written, 0)
  const all = file.lostFiles?.files ?? file.rows
  const by = file.lostFiles === null || file.by === 'extract' ? file.by : (`lost_by_${file.by}` as const)
  const facts = { size: bytes(file.bytes, locale), time: time(file.madeAt) }
  return (
    <li className="space-y-3" data-file={by}>
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="min-w-0 space-y-1">
          <p className="font-medium">{t(`by.${by}`)}</p>
          <p className="figures text-sm text-soft">
            {file.lostFiles === null ? t('facts', { ...facts, rows: file.rows }) : t('lostFacts', { ...facts, files: all })}
          </p>
          <p className="figures text-sm text-soft">{t(file.over ? 'over' : 'until', { time: time(file.expiresAt) })}</p>
        </div>
        {file.mayDownload ? (
          <a
            className={buttonLook({})}
            href={`/api/tickets/${ticket.number}/files/${file.id}`}
            aria-label={t('downloadOf', { by })}
            download
          >
            <Download aria-hidden="true" />
            {t('download')}
          </a>
        ) : null}
      </div>
      {file.tables.length === 0 ? null : (
        <ul className="figures flex flex-wrap gap-x-5 gap-y-1 text-sm">
          {file.tables
            .filter(({ withheld }) => withheld !== 'all')
            .map(({ schema, table, name, rows }) => (
              <li key={`${schema}.${table}`}>
                {name[locale]} <span className="font-medium">{number(rows, locale)}</span>
              </li>
            ))}
        </ul>
      )}
      <Withheld parts={withheldOf(file)} />
      {file.downloads.length === 0 ? (
        file.mayDownload ? (
          <p className="text-sm text-soft">{t('nobodyYet')}</p>
        ) : null
      ) : (
        <details className="text-sm">
          <summary className="inline-flex min-h-11 items-center text-accent">
            {t('downloads', { count: file.downloads.length })}
          </summary>
          <ul className="figures space-y-1" data-downloads={file.downloads.length}>
            {file.downloads.map(({ name, at }) => (
              <li key={`${name}${at.getTime()}`}>
                {name} · {time(at)}
              </li>
            ))}
          </ul>
        </details>
      )}
      {written < all && !file.over ? (
        <Callout tone="warn" icon={<TriangleAlert aria-hidden="true" />} title={t('notComplete')}>
          {file.lostFiles === null
            ? t('notCompleteWhy', { scope: ticket.scope, written: number(written, locale), rows: number(all, locale) })
            : t('lostNotCompleteWhy', { written: number(written, locale), files: number(all, locale) })}
        </Callout>
      ) : null}
    </li>
  )
}

function withheldOf({ tables }: FileRead) {
  return tables.flatMap(({ name, withheld }) =>
    withheld === undefined ? [] : [{ name, columns: withheld === 'all' ? null : withheld }],
  )
}
