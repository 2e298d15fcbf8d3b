import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { Card } from '#app/_ui/card.tsx'
import { sayRefusal } from '#app/_ui/say-refusal.ts'
import { TimeText } from '#app/_ui/time-text.tsx'
import type { PathRead } from '#lib/tickets/read-ticket.ts'

/** The ticket's record, newest first: what happened, who did it, and what was refused by which rule. */
export async function TicketPath({ path, now, timeZone }: { path: PathRead[]; now: Date; timeZone: string }): Promise<ReactNode> {
  const t = await getTranslations('deskTicket')
  return (
    <Card title={t('path')} aside={t('pathNote')} dense>
      <ol className="divide-y divide-line text-dense">
        {path.toReversed().map((entry) => (
          <PathLine key={entry.seq} entry={entry} now={now} timeZone={timeZone} />
        ))}
      </ol>
    </Card>
  )
}

async function PathLine({ entry, now, timeZone }: { entry: PathRead; now: Date; timeZone: string }): Promise<ReactNode> {
  const [t, happened, states, parts] = await Promise.all([
    getTranslations('deskTicket'),
    getTranslations('happened'),
    getTranslations('states'),
    getTranslations('systemParts'),
  ])
  const who = entry.actor.kind === 'person' ? (entry.by?.name ?? '') : parts(entry.actor.part)
  const refused = entry.refusal === null ? null : await sayRefusal(entry.refusal, timeZone)
  return (
    <li className="grid gap-x-3 py-1.5 sm:grid-cols-[2rem_minmax(0,1fr)_auto]" data-seq={entry.seq}>
      <span className="figures text-faint max-sm:hidden">{entry.seq}</span>
      <span>
        {refused === null ? (
          happened(entry.event.type)
        ) : (
          <span className="text-soft">{t('refused', { event: happened(entry.event.type) })}</span>
        )}
        {entry.stateBefore === entry.stateAfter ? null : <span className="text-soft"> → {states(entry.stateAfter)}</span>}
        <span className="block text-xs text-soft">
          {who}
          {refused === null ? null : ` · ${refused.heading} · ${refused.why}`}
        </span>
      </span>
      <span className="text-xs text-faint">
        <TimeText at={entry.at} now={now} timeZone={timeZone} />
      </span>
    </li>
  )
}
