import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { Card } from '#app/_ui/card.tsx'
import { sayRefusal } from '#app/_ui/say-refusal.ts'
import { TimeText } from '#app/_ui/time-text.tsx'
import { happenedWord } from '#app/_ui/words/happened.ts'
import type { Scope } from '#lib/domain/policy/policy.ts'
import type { PathRead } from '#lib/tickets/read-ticket.ts'

/** The ticket's record, newest first: what happened, who did it, and what was refused by which rule. */
export async function TicketPath({
  path,
  scope,
  now,
  timeZone,
}: {
  path: PathRead[]
  scope: Scope
  now: Date
  timeZone: string
}): Promise<ReactNode> {
  const t = await getTranslations('deskTicket')
  return (
    <Card title={t('path')} aside={t('pathNote')} dense>
      <ol className="divide-y divide-line text-dense">
        {path.toReversed().map((entry) => (
          <PathLine key={entry.seq} entry={entry} scope={scope} now={now} timeZone={timeZone} />
        ))}
      </ol>
    </Card>
  )
}

async function PathLine({
  entry,
  scope,
  now,
  timeZone,
}: {
  entry: PathRead
  scope: Scope
  now: Date
  timeZone: string
}): Promise<ReactNode> {
  const [t, happened, states, parts] = await Promise.all([
    getTranslations('deskTicket'),
    getTranslations('happened'),
    getTranslations('states'),
    getTranslations('systemParts'),
  ])
  const who = entry.actor.kind === 'person' ? (entry.by?.name ?? '') : parts(entry.actor.part)
  const refused = entry.refusal === null ? null : await sayRefusal(entry.refusal, timeZone)
  return (
    <li className="grid items-baseline gap-x-3 py-1.5 sm:grid-cols-[2rem_minmax(0,1fr)_auto]" data-seq={entry.seq}>
      <span className="figures text-faint max-sm:hidden">{entry.seq}</span>
      <span>
        {refused === null ? (
          happened(happenedWord(entry.event.type, scope))
        ) : (
          <span className="text-soft">{t('refused', { event: happened(happenedWord(entry.event.type, scope)) })}</span>
        )}
        {entry.stateBefore === entry.stateAfter ? null : <span className="text-soft"> → {states(entry.stateAfter)}</span>}
        <span className="block text-xs text-soft">
          {who}
          {refused === null ? null : ` · ${refused.why}${refused.source === null ? '' : ` · ${refused.source}`}`}
        </span>
      </span>
      <span className="text-xs text-faint">
        <TimeText at={entry.at} now={now} timeZone={timeZone} />
      </span>
    </li>
  )
}
