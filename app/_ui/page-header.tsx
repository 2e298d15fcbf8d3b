import ChevronLeft from 'lucide-react/icons/chevron-left'
import type { Route } from 'next'
import Link from 'next/link'
import type { ReactNode } from 'react'

/** The page's one h1, where one came from, a line of facts, and what one may do here. */
export function PageHeader({
  title,
  back,
  facts,
  actions,
}: {
  title: ReactNode
  back?: { href: Route; label: string }
  facts?: ReactNode
  actions?: ReactNode
}): ReactNode {
  return (
    <header className="flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
      <div className="min-w-0 space-y-1">
        {back === undefined ? null : (
          <Link
            href={back.href}
            className="-ml-1 inline-flex min-h-8 items-center gap-0.5 rounded-sm pr-1 text-sm text-soft hover:text-ink"
          >
            <ChevronLeft className="size-4" aria-hidden="true" />
            {back.label}
          </Link>
        )}
        <h1 className="text-2xl font-semibold">{title}</h1>
        {facts === undefined ? null : (
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-soft">{facts}</div>
        )}
      </div>
      {actions === undefined ? null : <div className="flex flex-wrap gap-2">{actions}</div>}
    </header>
  )
}
