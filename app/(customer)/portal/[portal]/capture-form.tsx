import Camera from 'lucide-react/icons/camera'
import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { ActionForm } from '#app/_ui/action-form.tsx'
import { EventButton } from '#app/_ui/event-button.tsx'
import { Field } from '#app/_ui/field.tsx'
import { makeRestorePoint } from './capture-actions.ts'

/** Before an import or a big clean-up: a restore point of this moment, with the owner's own words on it. */
export async function CaptureForm({
  portalId,
  portal,
  maximum,
}: {
  portalId: string
  /** As the page's address names it. */
  portal: string
  maximum: number
}): Promise<ReactNode> {
  const t = await getTranslations('catalogue')
  return (
    <ActionForm action={makeRestorePoint} label={t('now')} hidden={{ portalId, portal }} className="max-w-xl space-y-4">
      <p className="text-soft">{t('nowWhy', { count: maximum })}</p>
      <Field name="note" label={t('note')} hint={t('noteHint')} maxLength={80} autoComplete="off" />
      <EventButton event="CAPTURE" icon={<Camera aria-hidden="true" />}>
        {t('capture')}
      </EventButton>
    </ActionForm>
  )
}
