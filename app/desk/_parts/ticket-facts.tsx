import type { Route } from 'next'
import Link from 'next/link'
import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { Card } from '#app/_ui/card.tsx'
import { CopyableId } from '#app/_ui/copyable-id.tsx'
import { filesInShort } from '#app/_ui/files-in-short.ts'
import { lossFigures } from '#app/_ui/format/loss-figures.ts'
import { number } from '#app/_ui/format/numbers.ts'
import { absoluteTime, duration } from '#app/_ui/format/time.ts'
import { sayPlan } from '#app/_ui/say-plan.ts'
import { bytes } from '#lib/domain/byte-words.ts'
import { isWhole } from '#lib/domain/policy/policy.ts'
import type { TicketRead } from '#lib/tickets/read-ticket.ts'
import { Fact, FactsList } from './facts-list.tsx'
import { queueAddress } from './queue-address.ts'

/** What the desk must know of a ticket, and how it is known. Numbers of the loss only, never names (S84). */
export async function TicketFacts({ ticket, timeZone }: { ticket: TicketRead; timeZone: string }): Promise<ReactNode> {
  const [t, turns, locale] = await Promise.all([getTranslations('deskTicket.facts'), getTranslations('turns'), getLocale()])
  const time = (at: Date | string) => absoluteTime(new Date(at), { locale, timeZone })
  const count = (value: number) => number(value, locale)
  const { context } = ticket.life
  const { report } = ticket.preview
  const files = await filesInShort(report)
  return (
    <Card title={t('title')} dense>
      <FactsList>
        <Fact term={t('turn')}>{turns(ticket.turn)}</Fact>
        {ticket.nextUpdateAt === null ? null : <Fact term={t('nextUpdate')}>{time(ticket.nextUpdateAt)}</Fact>}
        <Fact term={t('portal')}>
          <span className="flex flex-wrap gap-x-3">
            <Link
              className="min-h-6 min-w-0 break-words text-accent underline underline-offset-2"
              href={`/desk/portals/${encodeURIComponent(ticket.portal.externalId)}` as Route}
            >
              {ticket.portal.name}
            </Link>
            <Link
              className="min-h-6 text-accent underline underline-offset-2"
              href={queueAddress({ view: 'closed', q: ticket.portal.name, scope: undefined, cursor: undefined })}
            >
              {t('pastTickets')}
            </Link>
          </span>
        </Fact>
        <Fact term={t('users')}>{count(ticket.portal.userCount)}</Fact>
        <Fact term={t('requester')}>{ticket.requester.name}</Fact>
        <Fact term={t('owner')}>{ticket.owner?.name ?? t('noOwner')}</Fact>
        <Fact term={t('verified')}>
          {ticket.consent === null
            ? t('notVerified')
            : t('verifiedBy', { method: t(`method.${ticket.consent.method}`), time: time(ticket.consent.givenAt) })}
        </Fact>
        <Fact term={t('plan')}>
          {context.plan === null
            ? t('planNotAsked', { plan: await sayPlan(ticket.portal.plan) })
            : t('planAsked', {
                plan: await sayPlan(context.plan.plan),
                paid: context.plan.paid ? 'yes' : context.plan.plan === 'free' ? 'free' : 'no',
                time: time(context.plan.checkedAt),
              })}
        </Fact>
        <Fact term={t('snapshot')}>{time(context.snapshot.completedAt)}</Fact>
        <Fact term={t('held')}>{ticket.snapshot.heldUntil === null ? t('notHeld') : time(ticket.snapshot.heldUntil)}</Fact>
        <Fact term={t('proven')}>
          {ticket.snapshot.provenAt === null
            ? t('notProven')
            : t('provenIn', {
                time: time(ticket.snapshot.provenAt),
                took: duration(ticket.snapshot.recoveryMs ?? 0, locale),
              })}
        </Fact>
        {ticket.incidentAt === null ? null : <Fact term={t('incident')}>{time(ticket.incidentAt)}</Fact>}
        {report === null ? null : (
          <Fact term={t(isWhole(ticket.scope) ? 'loss' : 'about')}>
            {t(isWhole(ticket.scope) ? 'lossNumbers' : `lossOf.${ticket.scope}`, lossFigures(report, locale))}
            {files === null ? null : <span className="block">{files}</span>}
          </Fact>
        )}
        {ticket.files.map((file) => (
          <Fact key={file.id} term={t('files', { scope: ticket.scope })}>
            {file.over
              ? t('filesOver', { time: time(file.expiresAt) })
              : file.lostFiles !== null
                ? t('lostFilesNumbers', {
                    files: file.lostFiles.files,
                    size: bytes(file.bytes, locale),
                    time: time(file.expiresAt),
                  })
                : t('filesNumbers', {
                    rows: file.rows,
                    tables: file.tables.length,
                    size: bytes(file.bytes, locale),
                    time: time(file.expiresAt),
                  })}
          </Fact>
        ))}
        {ticket.votes.map((vote) => (
          <Fact key={vote.id} term={t(vote.voidedAt === null ? 'vote' : 'voteVoid')}>
            {t(`decided.${vote.decision}`, { name: vote.approver.name, time: time(vote.at) })}
            {vote.reason === null ? null : <span className="block text-soft">{vote.reason}</span>}
          </Fact>
        ))}
        <Fact term={t('policy')}>{context.policy.version}</Fact>
        {ticket.preview.digest === null ? null : (
          <Fact term={t('digest')}>
            <CopyableId
              id={ticket.preview.digest}
              short={ticket.preview.digest.slice(0, 12)}
              words={{ copy: t('copy'), copied: t('copied') }}
            />
          </Fact>
        )}
      </FactsList>
    </Card>
  )
}
