import ListChecks from 'lucide-react/icons/list-checks'
import type { Metadata, Route } from 'next'
import Link from 'next/link'
import { forbidden } from 'next/navigation'
import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { EmptyState } from '#app/_ui/empty-state.tsx'
import { PageHeader } from '#app/_ui/page-header.tsx'
import { RowHead, Table, Tbody, Td, Th, Thead } from '#app/_ui/table.tsx'
import { deskDb } from '#lib/runtime/desk.ts'
import { readApprovals } from '#lib/tickets/read-queue.ts'
import { LethalClock } from '../_parts/lethal-clock.tsx'
import { requireStaff } from '../_parts/require-staff.ts'

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('approvals')
  return { title: t('title') }
}

/** Only what I may decide: four-eyes keeps out what I asked for, worked on or voted on (R9). */
export default async function ApprovalsPage(): Promise<ReactNode> {
  const [actor, t, scopes] = await Promise.all([requireStaff(), getTranslations('approvals'), getTranslations('scopes')])
  const approvals = await readApprovals(deskDb(), actor)
  if (approvals === null) forbidden()
  return (
    <main id="main" tabIndex={-1} className="space-y-3 outline-none">
      <PageHeader title={t('title')} facts={<span>{t('why')}</span>} />
      {approvals.rows.length === 0 ? (
        <EmptyState icon={<ListChecks aria-hidden="true" />} title={t('none')}>
          {t('noneWhy')}
        </EmptyState>
      ) : (
        <Table caption={t('title')} dense stacks>
          <Thead>
            <tr>
              <Th>{t('clock')}</Th>
              <Th numeric>{t('number')}</Th>
              <Th>{t('subject')}</Th>
              <Th>{t('portal')}</Th>
              <Th>{t('scope')}</Th>
            </tr>
          </Thead>
          <Tbody>
            {approvals.rows.map((row) => (
              <tr key={row.number} data-ticket={row.number} className="hover:bg-hover">
                <Td className="whitespace-nowrap max-md:col-span-full">
                  <LethalClock clock={row.lethalClock} at={row.lethalAt} now={approvals.now} timeZone={actor.timeZone} />
                </Td>
                <RowHead numeric>
                  <Link
                    href={`/desk/approvals/${row.number}` as Route}
                    className="text-accent underline-offset-2 hover:underline"
                  >
                    {row.number}
                  </Link>
                </RowHead>
                <Td className="max-md:col-span-2 md:w-full md:min-w-56">{row.subject}</Td>
                <Td className="max-md:col-span-2 md:whitespace-nowrap">{row.portal.name}</Td>
                <Td className="whitespace-nowrap max-md:justify-self-end">{scopes(row.scope)}</Td>
              </tr>
            ))}
          </Tbody>
        </Table>
      )}
    </main>
  )
}
