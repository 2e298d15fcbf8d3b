import Clock from 'lucide-react/icons/clock'
import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { ActionForm } from '#app/_ui/action-form.tsx'
import { Callout } from '#app/_ui/callout.tsx'
import { Card } from '#app/_ui/card.tsx'
import { EventButton } from '#app/_ui/event-button.tsx'
import { Field } from '#app/_ui/field.tsx'
import { absoluteTime, zoneWords } from '#app/_ui/format/time.ts'
import { wallClockValue } from '#app/_ui/format/wall-clock.ts'
import { OffsetSelect } from '#app/_ui/offset-select.tsx'
import type { OfferedMoments } from '#lib/tickets/read-offered-moments.ts'
import { makeMoment } from './another-moment-actions.ts'
import type { AskedMoment } from './asked-moment.ts'
import { PollRefresh } from './poll-refresh.tsx'

type Props = {
  moments: OfferedMoments
  portalId: string
  /** Where it stands, and what of the address is to stay. */
  page: string
  kept: Record<string, string>
  /** The moment that the reader probably wants: a minute before something vanished. */
  proposed: Date | null
  /** One that was asked for just now, as far as it has come. */
  asked: AskedMoment | null
}

/** Where none of the restore points is the right one: one of any moment, made when it is asked for. Only where the portal's system can go back to any. */
export async function AnotherMoment({ moments, portalId, page, kept, proposed, asked }: Props): Promise<ReactNode> {
  const [t, locale] = await Promise.all([getTranslations('anotherMoment'), getLocale()])
  const { from, to, timeZone } = moments
  const time = (at: Date) => absoluteTime(at, { locale, timeZone })
  const within = proposed !== null && proposed >= from && proposed <= to ? proposed : null
  return (
    <Card id="moment">
      {asked === null ? null : (
        <div className="mb-3">
          <Asked asked={asked} time={time} />
        </div>
      )}
      <details open={within !== null || asked !== null}>
        <summary className="inline-flex min-h-11 items-center gap-2 font-medium text-accent">
          <Clock className="size-4" aria-hidden="true" />
          {t('title')}
        </summary>
        <ActionForm
          action={makeMoment}
          label={t('title')}
          hidden={{ portalId, page, kept: new URLSearchParams(kept).toString() }}
          className="mt-2 max-w-xl space-y-4"
        >
          <p className="text-soft">{t('why')}</p>
          <Field
            type="datetime-local"
            name="at"
            label={t('at')}
            hint={t('range', { from: time(from), to: time(to), zone: zoneWords(to, { locale, timeZone }) })}
            {...(within === null ? {} : { defaultValue: wallClockValue(within, timeZone) })}
            className="figures"
          />
          {within === null ? null : <p className="text-sm text-soft">{t('proposed')}</p>}
          <OffsetSelect
            at={[from, to]}
            timeZone={timeZone}
            words={{ label: t('twice'), hint: t('twiceHint'), none: t('notTwice') }}
          />
          <EventButton event="CAPTURE" variant="quiet" icon={<Clock aria-hidden="true" />}>
            {t('make')}
          </EventButton>
        </ActionForm>
      </details>
    </Card>
  )
}

async function Asked({ asked, time }: { asked: AskedMoment; time: (at: Date) => string }): Promise<ReactNode> {
  const t = await getTranslations('anotherMoment')
  if (asked === 'waiting')
    return (
      <Callout title={t('making')}>
        <output>{t('makingWhy')}</output>
        <PollRefresh everyMs={2000} />
      </Callout>
    )
  return asked.state === 'ready' && asked.completedAt !== null ? (
    <Callout tone="good" title={t('made')}>
      {t('madeWhy', { time: time(asked.completedAt) })}
    </Callout>
  ) : (
    <Callout tone="danger" title={t('notMade')}>
      {t('notMadeWhy')}
    </Callout>
  )
}
