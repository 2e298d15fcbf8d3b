import type { Metadata } from 'next'
import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { buttonLook } from '#app/_ui/button.tsx'
import { PageHeader } from '#app/_ui/page-header.tsx'
import { RowHead, Table, Tbody, Td, Th, Thead } from '#app/_ui/table.tsx'
import { signInAsDemoPerson } from '#app/sign-in/actions.ts'
import { type DemoPerson, demoAuthenticators, listDemoPeople } from '#lib/identity/demo-people.ts'
import { deskDb } from '#lib/runtime/desk.ts'
import { env } from '#lib/runtime/env.ts'
import { requireDemo } from '../require-demo.ts'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('demo'))('people') }
}

type Row = DemoPerson & { of: string; role: string }

/** Everybody of the demo, with the secret of their authenticator and the code it shows now. */
export default async function People(): Promise<ReactNode> {
  requireDemo()
  const [t, roles] = [await getTranslations('demo'), await getTranslations('signIn')]
  const { staff, portals } = await listDemoPeople(deskDb())
  const rows: Row[] = [
    ...staff.map((it) => ({ ...it, of: t('desk'), role: listed(it.deskRoles.map((role) => roles(`roles.${role}`))) })),
    ...portals.flatMap(({ name, people }) => people.map((it) => ({ ...it, of: name, role: roles(`relations.${it.relation}`) }))),
  ]
  const authenticators = await demoAuthenticators(deskDb(), env(), rows)
  const columns = ['person', 'role', 'portal', 'code', 'signIn', 'secret'] as const
  return (
    <main id="main" tabIndex={-1} className="space-y-6 outline-none">
      <PageHeader title={t('people')} facts={t('peopleWhy')} />
      <Table caption={t('people')} stacks>
        <Thead>
          <tr>
            {columns.map((column) => (
              <Th key={column}>{t(`columns.${column}`)}</Th>
            ))}
          </tr>
        </Thead>
        <Tbody>
          {rows.map((row) => {
            const authenticator = authenticators.get(row.userId)
            return (
              <tr key={`${row.userId}-${row.of}`} data-person={row.email}>
                <RowHead className="max-md:col-span-full">
                  {row.name}
                  <span className="block text-sm font-normal text-soft">{row.email}</span>
                </RowHead>
                <Td className="max-md:col-span-2">{row.role}</Td>
                <Td className="max-md:justify-self-end">{row.of}</Td>
                <Td className="figures max-md:col-span-2 md:whitespace-nowrap">
                  {authenticator === undefined ? null : (
                    <>
                      <span className="text-soft md:hidden">{t('columns.code')}: </span>
                      <span data-totp-code="">{authenticator.code}</span>
                      <span className="text-soft"> · {t('secondsLeft', { seconds: authenticator.secondsLeft })}</span>
                    </>
                  )}
                </Td>
                <Td className="max-md:justify-self-end">
                  <form action={signInAsDemoPerson}>
                    <input type="hidden" name="userId" value={row.userId} />
                    <button
                      type="submit"
                      className={`${buttonLook({ size: 'dense' })} whitespace-nowrap`}
                      aria-label={`${t('enter')}: ${row.name}`}
                    >
                      {t('enter')}
                    </button>
                  </form>
                </Td>
                <Td className="text-xs break-all max-md:col-span-full">
                  <span className="block text-soft md:hidden">{t('columns.secret')}</span>
                  <span className="font-mono" data-totp-secret="">
                    {authenticator?.base32 ?? t('noSecret')}
                  </span>
                </Td>
              </tr>
            )
          })}
        </Tbody>
      </Table>
    </main>
  )
}

/** `Agent, approver`: a list begins with a capital, not each of its words. */
const listed = ([first, ...rest]: string[]): string => [first, ...rest.map((it) => it.toLowerCase())].join(', ')
