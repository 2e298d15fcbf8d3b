import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { Callout } from '#app/_ui/callout.tsx'
import { number } from '#app/_ui/format/numbers.ts'
import { absoluteTime } from '#app/_ui/format/time.ts'
import { hoursBetween } from '#lib/domain/instants.ts'
import { failureWords } from '#lib/domain/refusal-words.ts'
import type { TicketRead } from '#lib/tickets/read-ticket.ts'

/** What must not be overlooked before a yes: a fresh transfer of ownership (S6), weak proof (R13), who deleted it (S8), a freeze (S7), a failure. */
export async function TicketFlags({ ticket, timeZone }: { ticket: TicketRead; timeZone: string }): Promise<ReactNode> {
  const [t, locale] = await Promise.all([getTranslations('deskTicket.flags'), getLocale()])
  const { context, state } = ticket.life
  const time = (at: string) => absoluteTime(new Date(at), { locale, timeZone })
  const { frozen, complaint, failure, ownerSince, deletedByRequester, policy } = context
  const transferIsFresh = ownerSince !== null && hoursBetween(ownerSince, ticket.now) < policy.freshTransferFlagHours
  const newFactor = newFactorOf(ticket)
  const warnings = [
    ...(transferIsFresh ? [t('freshOwner', { time: time(ownerSince) })] : []),
    ...(ticket.consent?.method === 'mail_code' ? [t('mailCode')] : []),
    ...(newFactor === null ? [] : [t('newFactor', { time: time(newFactor) })]),
    ...(ticket.consent?.method === 'recorded_proof' ? [t('recordedProof')] : []),
    ...(deletedByRequester === null || deletedByRequester === 0
      ? []
      : [t('deletedByRequester', { count: deletedByRequester, shown: number(deletedByRequester, locale) })]),
    ...(complaint === null ? [] : [t('complaint', { time: time(complaint.openedAt) })]),
  ]
  return (
    <>
      {frozen === null ? null : (
        <Callout tone="danger" title={t('frozen', { time: time(frozen.since) })}>
          {frozen.reason}
        </Callout>
      )}
      {state === 'restoreFailed' && failure !== null ? (
        <Callout tone="danger" title={t('failed')}>
          <p>{failureWords(failure, { locale, timeZone })}</p>
          {failure.detail === '' ? null : <p className="font-mono text-xs text-soft">{failure.detail}</p>}
        </Callout>
      ) : null}
      {warnings.length === 0 ? null : (
        <Callout tone="warn" title={t('title')}>
          <ul className="list-disc pl-5">
            {warnings.map((words) => (
              <li key={words}>{words}</li>
            ))}
          </ul>
        </Callout>
      )}
    </>
  )
}

/** Since when the owner had the authenticator they consented with, where that was not long before (S7). */
function newFactorOf({ consent, path, life }: TicketRead): string | null {
  const given = consent === null ? undefined : path.findLast(({ event }) => event.type === 'GIVE_CONSENT')
  const enrolledAt = given?.actor.kind === 'person' ? given.actor.stepUp?.enrolledAt : undefined
  if (given === undefined || enrolledAt === undefined) return null
  return hoursBetween(enrolledAt, given.at.toISOString()) < life.context.policy.newFactorCoolOffHours ? enrolledAt : null
}
