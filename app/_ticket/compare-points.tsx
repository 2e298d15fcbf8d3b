import Scale from 'lucide-react/icons/scale'
import { getTranslations } from 'next-intl/server'
import type { ComponentProps, ReactNode } from 'react'
import { Card } from '#app/_ui/card.tsx'
import { EventButton } from '#app/_ui/event-button.tsx'
import { ChoiceError } from '#app/_ui/field.tsx'
import { RestorePointTimeline } from '#app/_ui/restore-point-timeline.tsx'
import { CompareOnChange } from './compare-on-change.tsx'

type Props = Omit<ComponentProps<typeof RestorePointTimeline>, 'name' | 'legend'> & {
  title: string
  id?: string
  aside?: ReactNode
  /** A preview is on the page: what is changed in these fields of the form is compared at once. */
  compared: boolean
  fields: string[]
}

/** The choice of a restore point and the button that asks for its price; part of a form that knows the event `COMPARE`. */
export async function ComparePoints({ title, id, aside, compared, fields, ...timeline }: Props): Promise<ReactNode> {
  const t = await getTranslations('newRestore')
  return (
    <Card title={title} aside={aside} {...(id === undefined ? {} : { id })}>
      <RestorePointTimeline {...timeline} name="snapshotId" legend={title} />
      <div className="mt-3 empty:hidden">
        <ChoiceError name="snapshotId" />
      </div>
      <div className="mt-4 flex flex-wrap items-center gap-x-4 gap-y-2">
        <EventButton event="COMPARE" variant={compared ? 'quiet' : 'primary'} icon={<Scale aria-hidden="true" />}>
          {compared ? t('compareAgain') : t('compare')}
        </EventButton>
        <p className="text-sm text-soft">{t('compareNote')}</p>
      </div>
      <CompareOnChange fields={fields} active={compared} />
    </Card>
  )
}
