'use client'

import type { Route } from 'next'
import { usePathname, useSearchParams } from 'next/navigation'
import type { ReactNode } from 'react'
import { ButtonLink } from '#app/_ui/button.tsx'

/** To the sign-in page and from there back to where one was going: what the browser's address bar says. */
export function SignInLink({ children }: { children: ReactNode }): ReactNode {
  const [path, query] = [usePathname(), useSearchParams().toString()]
  const next = query === '' ? path : `${path}?${query}`
  return (
    <ButtonLink variant="primary" href={`/sign-in?${new URLSearchParams({ next })}` as Route}>
      {children}
    </ButtonLink>
  )
}
