import type { Metadata, Route } from 'next'
import Link from 'next/link'
import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { z } from 'zod'
import { Button, ButtonLink } from '#app/_ui/button.tsx'
import { EmptyState } from '#app/_ui/empty-state.tsx'
import { Field, NativeSelect } from '#app/_ui/field.tsx'
import { PageHeader } from '#app/_ui/page-header.tsx'
import { RowHead, Table, Tbody, Td, Th, Thead } from '#app/_ui/table.tsx'
import { TimeText } from '#app/_ui/time-text.tsx'
import { currentActor } from '#lib/identity/current-actor.ts'
import { type CaughtMail, listCaughtMails, listMailboxes } from '#lib/mail/read-caught-mails.ts'
import { deskDb } from '#lib/runtime/desk.ts'
import { requireDemo } from '../require-demo.ts'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('demo'))('mail') }
}

const short = z.string().max(300).optional().catch(undefined)
const query = z.object({ to: short, q: short, before: z.coerce.number().int().positive().optional().catch(undefined) })
type Asked = z.output<typeof query>
type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> }

/** Everything the desk has mailed, as its readers got it: links and codes arrive here. */
export default async function Mail({ searchParams }: Props): Promise<ReactNode> {
  requireDemo()
  const asked = query.parse(await searchParams)
  const [t, { mails, nextBefore }, mailboxes] = await Promise.all([
    getTranslations('demo'),
    listCaughtMails(deskDb(), { recipient: asked.to, words: asked.q, before: asked.before }),
    listMailboxes(deskDb()),
  ])
  return (
    <main id="main" tabIndex={-1} className="space-y-6 outline-none">
      <PageHeader title={t('mail')} facts={t('mailWhy')} />
      <form className="grid grid-cols-[1fr_auto] items-end gap-3 max-sm:*:first:col-span-2 sm:flex">
        <NativeSelect name="to" label={t('mailbox')} defaultValue={asked.to ?? ''}>
          <option value="">{t('everybody')}</option>
          {mailboxes.map(({ recipient, mails: count }) => (
            <option key={recipient} value={recipient}>
              {recipient} ({count})
            </option>
          ))}
        </NativeSelect>
        <Field name="q" label={t('words')} type="search" defaultValue={asked.q ?? ''} maxLength={300} />
        <Button type="submit">{t('find')}</Button>
      </form>
      {mails.length === 0 ? <EmptyState title={t('noMail')}>{t('noMailWhy')}</EmptyState> : <Mails mails={mails} />}
      {nextBefore === null ? null : <ButtonLink href={olderThan(nextBefore, asked)}>{t('older')}</ButtonLink>}
    </main>
  )
}

async function Mails({ mails }: { mails: CaughtMail[] }): Promise<ReactNode> {
  const [t, actor] = [await getTranslations('demo'), await currentActor()]
  return (
    <Table caption={t('mail')}>
      <Thead>
        <tr>
          <Th>{t('columns.subject')}</Th>
          <Th className="max-sm:hidden">{t('columns.to')}</Th>
          <Th className="max-sm:hidden">{t('columns.when')}</Th>
        </tr>
      </Thead>
      <Tbody>
        {mails.map((mail) => (
          <tr key={mail.id} data-mail={mail.id}>
            <RowHead>
              <Link href={`/demo/mail/${mail.id}` as Route} className="text-accent underline underline-offset-2">
                {mail.subject || t('noSubject')}
              </Link>
              <span className="mt-0.5 block text-xs font-normal text-soft sm:hidden">
                {mail.recipient} ·{' '}
                <TimeText at={mail.receivedAt} now={new Date()} timeZone={actor?.timeZone ?? 'UTC'} show="relative" />
              </span>
            </RowHead>
            <Td className="max-sm:hidden">{mail.recipient}</Td>
            <Td className="whitespace-nowrap max-sm:hidden">
              <TimeText at={mail.receivedAt} now={new Date()} timeZone={actor?.timeZone ?? 'UTC'} />
            </Td>
          </tr>
        ))}
      </Tbody>
    </Table>
  )
}

function olderThan(before: number, { to, q }: Asked): Route {
  const address = new URLSearchParams({ ...(to ? { to } : {}), ...(q ? { q } : {}), before: String(before) })
  return `/demo/mail?${address}` as Route
}
