import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { z } from 'zod'
import { buttonLook } from '#app/_ui/button.tsx'
import { PlainPage } from '#app/_ui/plain-page.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('signIn'))('title'), referrer: 'same-origin' }
}

const query = z.object({ token: z.string(), email: z.string(), callbackUrl: z.string().default('/') })
type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> }

/**
 * Where the link in the mail lands. Opening it does nothing and shows nothing, since scanners open links (S11); the button signs
 * in. A plain form: it works before any script has arrived.
 */
export default async function Confirm({ searchParams }: Props): Promise<ReactNode> {
  const link = query.safeParse(await searchParams)
  if (!link.success) redirect('/sign-in?error=link')
  const t = await getTranslations('signIn')
  return (
    <PlainPage
      title={t('confirmTitle')}
      actions={
        <form method="post" action={`/api/auth/callback/mail?${new URLSearchParams(link.data)}`}>
          <button type="submit" className={buttonLook({ variant: 'primary' })}>
            {t('confirm')}
          </button>
        </form>
      }
    >
      <p>{t('confirmWhy')}</p>
    </PlainPage>
  )
}
