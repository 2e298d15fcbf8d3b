import type { Route } from 'next'
import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { ActionForm } from '#app/_ui/action-form.tsx'
import { ButtonLink } from '#app/_ui/button.tsx'
import { Callout } from '#app/_ui/callout.tsx'
import { EventButton } from '#app/_ui/event-button.tsx'
import { about } from '#app/_ui/format/numbers.ts'
import { absoluteTime, spanWords } from '#app/_ui/format/time.ts'
import type { MassDeletionRead } from '#lib/snapshots/read-mass-deletions.ts'
import { sayItWasMeant } from './mass-deletion-actions.ts'

/** Tables that a sentence can hold. */
const named = 3

type Props = {
  deletion: MassDeletionRead
  timeZone: string
  /** Where it leads, and whether the reader may say that it was meant; absent where one is already there. */
  action?: { href: Route; portalId: string; isOwner: boolean }
}

/** R15 in plain words: what happened, when, that it can come back, and the one click that leads there. */
export async function MassDeletion({ deletion, timeZone, action }: Props): Promise<ReactNode> {
  const [t, locale] = await Promise.all([getTranslations('massDeletion'), getLocale()])
  const { from, until, tables, proposed } = deletion
  const reader = { locale, timeZone }
  const names = tables.slice(0, named).map(({ name }) => name[locale])
  return (
    <Callout
      tone="danger"
      title={t('title', { count: about(deletion.deleted) })}
      {...(action === undefined
        ? {}
        : {
            action: (
              <div className="flex flex-wrap gap-3">
                <ButtonLink variant="primary" href={action.href}>
                  {t('open')}
                </ButtonLink>
                {action.isOwner ? (
                  <ActionForm
                    action={sayItWasMeant}
                    label={t('meant')}
                    hidden={{ portalId: action.portalId, alertId: deletion.id }}
                  >
                    <EventButton event="DISMISS_DELETION" variant="quiet">
                      {t('meant')}
                    </EventButton>
                  </ActionForm>
                ) : null}
              </div>
            ),
          })}
    >
      <p>
        {t('what', {
          ...spanWords(from, until, reader),
          mostly: names.length > 0 ? 'yes' : 'no',
          names: names.join(', '),
        })}
      </p>
      <p>{proposed === null ? t('tooLate') : t('point', { time: absoluteTime(proposed.completedAt, reader) })}</p>
    </Callout>
  )
}
