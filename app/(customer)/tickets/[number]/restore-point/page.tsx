import type { Metadata } from 'next'
import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { AnotherPoint } from '#app/_ticket/another-point.tsx'
import { readMyTicket } from '../read-my-ticket.ts'

type Props = { params: Promise<{ number: string }>; searchParams: Promise<Record<string, string | string[] | undefined>> }

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const t = await getTranslations('anotherPoint')
  return { title: `${t('title')} #${(await params).number}` }
}

/** Another restore point, or newer figures, chosen by the owner or the requester. */
export default async function AnotherPointPage({ params, searchParams }: Props): Promise<ReactNode> {
  const [{ ticket, session }, { preview, moment }] = await Promise.all([
    params.then(({ number }) => readMyTicket(number)),
    searchParams,
  ])
  return <AnotherPoint ticket={ticket} session={session} preview={preview} moment={moment} home={`/tickets/${ticket.number}`} />
}
