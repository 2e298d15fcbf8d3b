import EyeOff from 'lucide-react/icons/eye-off'
import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { cx } from './cx.ts'
import { TimeText } from './time-text.tsx'

export type Said = {
  id: string
  author: string
  role: 'desk' | 'owner' | 'requester' | 'colleague'
  kind: 'reply' | 'note'
  body: string
  at: Date
}
/** Something that happened to the ticket between two messages, as one line. */
export type Happening = { id: string; words: ReactNode; at: Date }

/**
 * What was said, oldest first, with what happened in between. A note of the desk is unmistakable: hatched, amber, and says that the
 * customer does not see it. Text is text: markup in it stays inert (S109).
 */
export async function Conversation({
  said,
  happened = [],
  now,
  timeZone,
  empty,
  dense = false,
}: {
  said: Said[]
  happened?: Happening[]
  now: Date
  timeZone: string
  empty: string
  dense?: boolean
}): Promise<ReactNode> {
  const t = await getTranslations('conversation')
  const lines = [
    ...said.map((one) => ({ ...one, line: 'said' as const })),
    ...happened.map((one) => ({ ...one, line: 'happened' as const })),
  ].sort((one, other) => one.at.getTime() - other.at.getTime())
  if (lines.length === 0) return <p className="text-soft">{empty}</p>
  return (
    <ol className={dense ? 'space-y-2' : 'space-y-4'} aria-label={t('title')}>
      {lines.map((line) =>
        line.line === 'happened' ? (
          <li
            key={line.id}
            className="flex flex-wrap items-baseline gap-x-2 border-l-2 border-line py-0.5 pl-3 text-sm text-soft"
          >
            <span>{line.words}</span>
            <span className="text-faint">
              <TimeText at={line.at} now={now} timeZone={timeZone} />
            </span>
          </li>
        ) : (
          <li
            key={line.id}
            data-message={line.kind}
            className={cx(
              'rounded-lg border',
              dense ? 'p-2.5' : 'p-4',
              line.kind === 'note'
                ? 'note-hatch border-dashed border-warn-line'
                : line.role === 'desk'
                  ? 'border-accent-line bg-accent-tint'
                  : 'border-line bg-surface',
            )}
          >
            <div className="flex flex-wrap items-baseline justify-between gap-x-3 text-sm">
              <p className="flex min-w-0 flex-wrap items-baseline gap-x-2">
                <span className="font-medium">{line.author}</span>
                {line.kind === 'note' ? (
                  <span className="inline-flex items-center gap-1 font-medium text-warn">
                    <EyeOff className="size-3.5" aria-hidden="true" />
                    {t('note')}
                  </span>
                ) : (
                  <span className={line.role === 'desk' ? 'text-accent' : 'text-soft'}>{t(`role.${line.role}`)}</span>
                )}
              </p>
              <p className="text-faint">
                <TimeText at={line.at} now={now} timeZone={timeZone} />
              </p>
            </div>
            <p className="mt-1.5 whitespace-pre-wrap">{line.body}</p>
          </li>
        ),
      )}
    </ol>
  )
}
