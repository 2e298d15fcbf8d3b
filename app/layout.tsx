import './globals.css'
import '@fontsource-variable/inter/wght.css'
import type { Metadata, Viewport } from 'next'
import { cookies } from 'next/headers'
import { connection } from 'next/server'
import { getLocale, getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { readTheme } from './_ui/preferences/read-preferences.ts'
import { TroubleWords } from './_ui/trouble-words.tsx'

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('shell')
  return {
    title: { template: `%s · ${t('product')}`, default: t('product') },
    description: t('description'),
    robots: { index: false, follow: false },
    formatDetection: { telephone: false, email: false, address: false, date: false },
  }
}

export const viewport: Viewport = {
  width: 'device-width',
  initialScale: 1,
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#f6f8f9' },
    { media: '(prefers-color-scheme: dark)', color: '#0c1216' },
  ],
}

/** Every page is made for one request: the nonce of the content security policy is new each time (see proxy.ts). */
export default async function RootLayout({ children }: { children: ReactNode }): Promise<ReactNode> {
  await connection()
  const [locale, t, jar] = await Promise.all([getLocale(), getTranslations('trouble'), cookies()])
  const trouble = {
    title: t('title'),
    safe: t('safe'),
    whatToDo: t('whatToDo'),
    again: t('again'),
    home: t('home'),
    reference: t('reference'),
  }
  return (
    <html lang={locale} data-theme={readTheme(jar)}>
      <body>
        <TroubleWords words={trouble}>{children}</TroubleWords>
      </body>
    </html>
  )
}
