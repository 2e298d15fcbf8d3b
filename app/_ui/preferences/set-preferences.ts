'use server'

import { refresh } from 'next/cache'
import { cookies } from 'next/headers'
import { z } from 'zod'
import { locales } from '#lib/domain/actor.ts'
import { localeCookie, themeCookie, themes } from './read-preferences.ts'

// Both touch nothing but the caller's own cookie, so anybody may call them, signed in or not.

const oneYear = { path: '/', maxAge: 365 * 24 * 3600, sameSite: 'lax', httpOnly: true } as const

export async function setLocale(form: FormData): Promise<void> {
  const locale = z.enum(locales).safeParse(form.get('locale'))
  if (!locale.success) return
  ;(await cookies()).set(localeCookie, locale.data, oneYear)
  refresh()
}

export async function setTheme(form: FormData): Promise<void> {
  const theme = z.enum(themes).safeParse(form.get('theme'))
  if (!theme.success) return
  ;(await cookies()).set(themeCookie, theme.data, oneYear)
  refresh()
}
