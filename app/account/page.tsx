import type { Metadata, Route } from 'next'
import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { ActionForm } from '#app/_ui/action-form.tsx'
import { Callout } from '#app/_ui/callout.tsx'
import { Card } from '#app/_ui/card.tsx'
import { EventButton } from '#app/_ui/event-button.tsx'
import { absoluteTime, zoneWords } from '#app/_ui/format/time.ts'
import { PageHeader } from '#app/_ui/page-header.tsx'
import { Shell } from '#app/_ui/shell.tsx'
import { signOut } from '#app/sign-in/actions.ts'
import { plusHours } from '#lib/domain/instants.ts'
import { requireSession } from '#lib/identity/current-actor.ts'
import { deskDb } from '#lib/runtime/desk.ts'
import { readPolicy } from '#lib/tickets/read-policy.ts'
import { beginSecondStep, mailEnrolmentCode } from './actions.ts'
import { CodeField } from './code-field.tsx'

export async function generateMetadata(): Promise<Metadata> {
  // Whoever is not signed in gets the title of the answer they get, not of the page they asked for.
  await requireSession()
  return { title: (await getTranslations('account'))('title') }
}

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> }

/** Who I am here, and my second step. */
export default async function Account({ searchParams }: Props): Promise<ReactNode> {
  const session = await requireSession()
  const [t, locale, { done }] = [await getTranslations('account'), await getLocale(), await searchParams]
  const { actor, email, secondStepSince } = session
  const { policy, now } = await readPolicy(deskDb(), actor)
  const hours = policy.newFactorCoolOffHours
  const countsFrom = secondStepSince && new Date(plusHours(secondStepSince.toISOString(), hours))
  const coolingOff = countsFrom !== null && countsFrom > now
  const facts = [
    [t('name'), actor.name],
    [t('email'), email],
    [t('timeZone'), zoneWords(new Date(), { locale, timeZone: actor.timeZone })],
  ]
  return (
    <Shell temper="customer" person={{ name: actor.name }} signOut={signOut}>
      <main id="main" tabIndex={-1} className="mx-auto max-w-2xl space-y-6 outline-none">
        <PageHeader title={t('title')} back={{ href: (actor.deskRoles.length > 0 ? '/desk' : '/') as Route, label: t('back') }} />
        {done === 'second-step' ? (
          <Callout tone="good" title={t('setUpDone')}>
            {t('setUpDoneWhy')}
          </Callout>
        ) : null}
        <Card title={t('me')}>
          <dl className="grid gap-x-6 gap-y-2 sm:grid-cols-[auto_1fr]">
            {facts.map(([name, value]) => (
              <div key={name} className="contents">
                <dt className="text-soft">{name}</dt>
                <dd className="min-w-0 max-sm:-mt-2">{value}</dd>
              </div>
            ))}
          </dl>
        </Card>
        <Card title={t('secondStep')} id="second-step">
          <div className="space-y-5">
            <div className="space-y-2">
              <p>
                {secondStepSince === null
                  ? t('notSetUp')
                  : t('setUpSince', { when: absoluteTime(secondStepSince, { locale, timeZone: actor.timeZone }) })}
              </p>
              {coolingOff ? (
                <p>{t('notCountedYet', { when: absoluteTime(countsFrom, { locale, timeZone: actor.timeZone }), hours })}</p>
              ) : null}
              <p className="text-soft">{t('whatFor')}</p>
              {coolingOff ? null : <p className="text-soft">{t('countsLater', { hours })}</p>}
            </div>
            <SetUp hasApp={secondStepSince !== null} />
          </div>
        </Card>
      </main>
    </Shell>
  )
}

/** First a code to one's own mailbox; whoever replaces an app shows a code of the old one as well. */
async function SetUp({ hasApp }: { hasApp: boolean }): Promise<ReactNode> {
  const t = await getTranslations('account')
  return (
    <div className="space-y-4 border-t border-line pt-4">
      <h3 className="font-semibold">{hasApp ? t('replace') : t('setUp')}</h3>
      <ActionForm action={mailEnrolmentCode} label={t('mailMe')}>
        <EventButton event="MAIL_ENROLMENT_CODE" variant="quiet">
          {t('mailMe')}
        </EventButton>
      </ActionForm>
      <ActionForm action={beginSecondStep} className="space-y-4" label={t('setUp')}>
        <CodeField name="mailCode" label={t('mailCode')} />
        {hasApp ? <CodeField name="oldCode" label={t('oldCode')} hint={t('oldCodeWhy')} /> : null}
        <EventButton event="BEGIN_SECOND_STEP">{t('goOn')}</EventButton>
      </ActionForm>
    </div>
  )
}
