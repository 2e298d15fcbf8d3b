import type { Metadata, Route } from 'next'
import { notFound } from 'next/navigation'
import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { z } from 'zod'
import { Card } from '#app/_ui/card.tsx'
import { PageHeader } from '#app/_ui/page-header.tsx'
import { TimeText } from '#app/_ui/time-text.tsx'
import { currentActor } from '#lib/identity/current-actor.ts'
import { readCaughtMail } from '#lib/mail/read-caught-mails.ts'
import { deskDb } from '#lib/runtime/desk.ts'
import { requireDemo } from '../../require-demo.ts'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('demo'))('mail') }
}

const threadHeaders = ['message-id', 'in-reply-to', 'references', 'auto-submitted']
type Props = { params: Promise<{ id: string }> }

/** One mail: its text with links to press, and its HTML in a sandbox where nothing runs. */
export default async function OneMail({ params }: Props): Promise<ReactNode> {
  requireDemo()
  const id = z.coerce
    .number()
    .int()
    .positive()
    .max(Number.MAX_SAFE_INTEGER)
    .safeParse((await params).id)
  const mail = id.success ? await readCaughtMail(deskDb(), id.data) : null
  if (mail === null) notFound()
  const [t, actor] = [await getTranslations('demo'), await currentActor()]
  const headers = mail.headers.filter(({ key }) => threadHeaders.includes(key))
  return (
    <main id="main" tabIndex={-1} className="space-y-6 outline-none">
      <PageHeader
        title={mail.subject || t('noSubject')}
        back={{ href: `/demo/mail?to=${encodeURIComponent(mail.recipient)}` as Route, label: t('mail') }}
        facts={
          <>
            <span>{t('fromTo', { from: mail.from, to: mail.recipient })}</span>
            <TimeText at={mail.receivedAt} now={new Date()} timeZone={actor?.timeZone ?? 'UTC'} />
          </>
        }
      />
      <Card title={t('asText')}>
        <pre className="font-sans break-words whitespace-pre-wrap" data-mail-text="">
          <Linked text={mail.text} />
        </pre>
      </Card>
      {mail.html === null ? null : (
        <Card title={t('asHtml')}>
          <iframe
            title={t('asHtml')}
            sandbox="allow-popups allow-popups-to-escape-sandbox"
            srcDoc={mail.html}
            className="h-96 w-full rounded-md border border-line bg-white"
          />
        </Card>
      )}
      <Card title={t('headers')}>
        <dl className="space-y-1 font-mono text-xs break-all">
          {headers.map(({ key, value }) => (
            <div key={key}>
              <dt className="inline text-soft">{key}: </dt>
              <dd className="inline">{value}</dd>
            </div>
          ))}
        </dl>
      </Card>
    </main>
  )
}

/** Web addresses in it become links; everything else stays as it was written. */
function Linked({ text }: { text: string }): ReactNode {
  return text.split(/(https?:\/\/[^\s<>"]+)/g).map((part, n) =>
    n % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the text of a mail never changes
      <a key={n} href={part} className="break-all text-accent underline underline-offset-2">
        {part}
      </a>
    ) : (
      part
    ),
  )
}
