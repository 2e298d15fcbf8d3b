import type { ReactNode } from 'react'

/** A clock that is turned back: the favicon's drawing in the page's own colours. */
export function Logo(): ReactNode {
  return (
    <svg viewBox="0 0 32 32" className="size-6 shrink-0" aria-hidden="true">
      <rect width="32" height="32" rx="7" className="fill-accent" />
      <g fill="none" strokeLinecap="round" strokeLinejoin="round" className="stroke-on-accent">
        <path d="M9.2 10.4A9 9 0 1 1 7 16.2" strokeWidth="2.8" />
        <path d="M8.6 5.6v5.4H14" strokeWidth="2.8" />
        <path d="M16 11.6V17l3.6 2.2" strokeWidth="2.4" />
      </g>
    </svg>
  )
}
