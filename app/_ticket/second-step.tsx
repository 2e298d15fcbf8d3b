import KeyRound from 'lucide-react/icons/key-round'
import ShieldCheck from 'lucide-react/icons/shield-check'
import type { Route } from 'next'
import Link from 'next/link'
import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { ActionForm } from '#app/_ui/action-form.tsx'
import { EventButton } from '#app/_ui/event-button.tsx'
import { Field } from '#app/_ui/field.tsx'
import { absoluteTime } from '#app/_ui/format/time.ts'
import type { SignedIn } from '#lib/identity/session.ts'
import { mailMeACode, passSecondStep } from './second-step-actions.ts'

/**
 * The fresh second step before a consent or a vote (R13): a code of the authenticator app, or one by mail, which the approver sees
 * flagged and which is not enough for a restore of the whole portal.
 */
export async function SecondStep({
  session,
  fresh,
  mailCodeEnough,
  byDesk = false,
  newApp,
  dense = false,
}: {
  session: SignedIn
  fresh: boolean
  mailCodeEnough: boolean
  /** A proof that two agents recorded stands in for it. */
  byDesk?: boolean
  /** Said to whoever has no app where nothing less will do: one that is only now set up does not count at once (S7). */
  newApp?: string
  dense?: boolean
}): Promise<ReactNode> {
  const [t, locale] = await Promise.all([getTranslations('secondStep'), getLocale()])
  const { stepUp, timeZone } = session.actor
  if (byDesk) return <Passed>{t('byDesk')}</Passed>
  if (fresh && stepUp)
    return <Passed>{t(`passed.${stepUp.method}`, { time: absoluteTime(new Date(stepUp.at), { locale, timeZone }) })}</Passed>
  const enrolled = session.secondStepSince !== null
  return (
    <div className="space-y-4" data-second-step="needed">
      {enrolled ? (
        <CodeForm method="totp" label={t('appCode')} hint={t('appHint')} confirm={t('confirm')} dense={dense} />
      ) : (
        <p className="text-sm text-soft">
          {t('noApp')}{' '}
          <Link href={'/account#second-step' as Route} className="text-accent underline underline-offset-2">
            {t('setUpApp')}
          </Link>
        </p>
      )}
      {mailCodeEnough ? (
        <details className="group" open={!enrolled}>
          <summary className="w-fit rounded-sm text-sm text-accent">{t('byMail')}</summary>
          <div className="mt-3 space-y-3 border-l-2 border-line pl-4">
            <p className="text-sm text-soft">{t('byMailFlag')}</p>
            <ActionForm action={mailMeACode} label={t('mailMe')}>
              <EventButton event="MAIL_ME_A_CODE" variant="quiet" size={dense ? 'dense' : 'regular'}>
                {t('mailMe')}
              </EventButton>
            </ActionForm>
            <CodeForm method="mail_code" label={t('mailCode')} hint={t('mailHint')} confirm={t('confirm')} dense={dense} />
          </div>
        </details>
      ) : (
        <p className="max-w-prose text-sm text-soft">
          {t('mailNotEnough')} {enrolled ? null : newApp}
        </p>
      )}
    </div>
  )
}

/** Beside a button that waits for the second step: what is missing. */
export async function StepMissing({ id, session }: { id: string; session: SignedIn }): Promise<ReactNode> {
  const t = await getTranslations('secondStep')
  return (
    <p id={id} className="text-sm text-soft">
      {session.secondStepSince === null ? t('meFirst') : t('codeFirst')}
    </p>
  )
}

function Passed({ children }: { children: ReactNode }): ReactNode {
  return (
    <p className="flex items-center gap-2 text-sm text-good" data-second-step="fresh">
      <ShieldCheck className="size-4 shrink-0" aria-hidden="true" />
      {children}
    </p>
  )
}

function CodeForm({
  method,
  label,
  hint,
  confirm,
  dense,
}: {
  method: 'totp' | 'mail_code'
  label: string
  hint: string
  confirm: string
  dense: boolean
}): ReactNode {
  return (
    <ActionForm
      action={passSecondStep}
      hidden={{ method }}
      label={label}
      className={dense ? 'flex flex-wrap items-end gap-2' : 'space-y-3'}
    >
      <Field
        name={method}
        label={label}
        hint={hint}
        inputMode="numeric"
        autoComplete="one-time-code"
        maxLength={7}
        required
        className="figures tracking-widest"
        dense={dense}
      />
      <EventButton
        event={`PASS_${method}`}
        variant="quiet"
        size={dense ? 'dense' : 'regular'}
        icon={<KeyRound aria-hidden="true" />}
      >
        {confirm}
      </EventButton>
    </ActionForm>
  )
}
