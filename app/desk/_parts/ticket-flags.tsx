import Flag from 'lucide-react/icons/flag'
import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { previewTense } from '#app/_ticket/preview-tense.ts'
import { Callout } from '#app/_ui/callout.tsx'
import { number } from '#app/_ui/format/numbers.ts'
import { absoluteTime } from '#app/_ui/format/time.ts'
import { NoticeList, noticeLines } from '#app/_ui/preview-notices.tsx'
import { hoursBetween } from '#lib/domain/instants.ts'
import type { TicketContext } from '#lib/domain/machine-context.ts'
import { failureWords } from '#lib/domain/refusal-words.ts'
import type { PathRead, TicketRead } from '#lib/tickets/read-ticket.ts'

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
    ...newApproversOf(ticket).map(({ name, since }) => t('newApproverFactor', { name, time: time(since) })),
    ...(deletedByRequester === null || deletedByRequester === 0
      ? []
      : [t('deletedByRequester', { count: deletedByRequester, shown: number(deletedByRequester, locale) })]),
    ...(complaint === null ? [] : [t('complaint', { time: time(complaint.openedAt) })]),
  ]
  const { report } = ticket.preview
  if (report?.sampled !== undefined) warnings.push(t('sampled'))
  const notices = report === null || previewTense(ticket) !== 'asked' ? [] : await noticeLines(report)
  const flags = [...warnings.map((words) => ({ id: words, words, under: [] })), ...notices]
  return (
    <>
      {frozen === null ? null : (
        <Callout tone="danger" title={t('frozen', { time: time(frozen.since) })}>
          {frozen.reason}
        </Callout>
      )}
      {state === 'restoreFailed' && failure !== null ? (
        <Callout tone="danger" title={t('failed')}>
          <p>{failureWords(failure, { locale, timeZone }).why}</p>
          {failure.detail === '' ? null : (
            <details className="text-dense">
              <summary>{t('details')}</summary>
              <p className="font-mono text-xs break-words text-soft">{failure.detail}</p>
            </details>
          )}
        </Callout>
      ) : null}
      {flags.length === 0 ? null : (
        <Callout tone={warnings.length > 0 ? 'warn' : 'neutral'} title={t('title')} icon={<Flag aria-hidden="true" />}>
          <NoticeList lines={flags} />
        </Callout>
      )}
    </>
  )
}

/** Since when the owner had the authenticator they consented with, where that was not long before (S7). */
function newFactorOf({ consent, path, life }: TicketRead): string | null {
  if (consent === null || consent.method === 'recorded_proof') return null
  return newFactor(
    path.findLast(({ event, refusal }) => event.type === 'GIVE_CONSENT' && refusal === null),
    life.context,
  )
}

/** The same of approvers whose yes stands: where a code by mail would do, a new app is taken as well, and the others see it (S7). */
function newApproversOf({ votes, path, life }: TicketRead): { name: string; since: string }[] {
  return votes
    .filter(({ decision, voidedAt }) => decision === 'approve' && voidedAt === null)
    .flatMap(({ approverId, approver }) => {
      const given = path.findLast(
        ({ event, refusal, by }) => event.type === 'APPROVE_RESTORE' && refusal === null && by?.id === approverId,
      )
      const since = newFactor(given, life.context)
      return since === null ? [] : [{ name: approver.name, since }]
    })
}

/** Since when the authenticator that an event was proved with was in use, as the log kept it, if it was in its cool-off then. */
function newFactor(given: PathRead | undefined, { policy }: TicketContext): string | null {
  const enrolledAt = given?.actor.kind === 'person' ? given.actor.stepUp?.enrolledAt : undefined
  if (given === undefined || enrolledAt === undefined) return null
  return hoursBetween(enrolledAt, given.at.toISOString()) < policy.newFactorCoolOffHours ? enrolledAt : null
}
