import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { Choice } from '#app/_ui/choice.tsx'
import { Field, NativeSelect } from '#app/_ui/field.tsx'
import { zoneWords } from '#app/_ui/format/time.ts'
import { wallClockValue } from '#app/_ui/format/wall-clock.ts'
import { OffsetSelect } from '#app/_ui/offset-select.tsx'

const hourMs = 3_600_000

/** Now, or between two times on the portal's own clock, and what becomes of it if it is not done by then (S31, S54). */
export async function WindowFields({
  timeZone,
  now,
  told,
}: {
  timeZone: string
  now: Date
  /** Everybody of the portal is told before it begins. */
  told: boolean
}): Promise<ReactNode> {
  const [t, locale] = await Promise.all([getTranslations('consent.window'), getLocale()])
  const wall = (at: Date) => wallClockValue(at, timeZone)
  return (
    <fieldset className="group grid gap-3">
      <legend className="sr-only">{t('legend')}</legend>
      <Choice name="window" value="now" defaultChecked title={t('now')}>
        {t(told ? 'nowWhy' : 'nowQuiet')}
      </Choice>
      <Choice name="window" value="at" title={t('at')} aside={zoneWords(now, { locale, timeZone })}>
        {t('atWhy')}
      </Choice>
      <div className="hidden items-end gap-4 border-l-2 border-line pl-4 group-has-[input[value=at]:checked]:grid sm:grid-cols-2">
        <Field
          type="datetime-local"
          name="from"
          label={t('from')}
          defaultValue={wall(new Date(now.getTime() + hourMs))}
          className="figures"
        />
        <Field
          type="datetime-local"
          name="until"
          label={t('until')}
          defaultValue={wall(new Date(now.getTime() + 3 * hourMs))}
          className="figures"
        />
        <NativeSelect name="atEnd" label={t('atEnd')} defaultValue="abort">
          <option value="abort">{t('abort')}</option>
          <option value="go_on">{t('goOn')}</option>
        </NativeSelect>
        <OffsetSelect
          at={[now, new Date(now.getTime() + (8760 / 2) * hourMs)]}
          timeZone={timeZone}
          words={{ label: t('twice'), hint: t('twiceHint'), none: t('notTwice') }}
        />
      </div>
    </fieldset>
  )
}
