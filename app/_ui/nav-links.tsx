'use client'

import type { Route } from 'next'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import type { ReactNode } from 'react'

export type NavLink = { href: Route; label: string }

/** Where one may go; the place one is in, or below, is marked. */
export function NavLinks({ links }: { links: NavLink[] }): ReactNode {
  const path = usePathname()
  const around = links.map(({ href }) => href).filter((href) => path === href || path.startsWith(`${href}/`))
  const current = around.sort((one, other) => other.length - one.length)[0]
  return links.map(({ href, label }) => (
    <Link
      key={href}
      href={href}
      aria-current={href === current ? 'page' : undefined}
      className="flex min-h-9 shrink-0 items-center rounded-md px-2.5 text-sm font-medium text-soft hover:bg-hover hover:text-ink aria-[current=page]:bg-accent-tint aria-[current=page]:text-accent"
    >
      {label}
    </Link>
  ))
}
