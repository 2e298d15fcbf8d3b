import type { ReactNode } from 'react'
import { Shell } from './shell.tsx'

type Message = { title: string; children: ReactNode; actions: ReactNode }

/** A page with one message and one or two ways on: not found, not signed in, not allowed. It asks nothing of the database. */
export function PlainPage(message: Message): ReactNode {
  return (
    <Shell temper="customer" person={null}>
      <PlainMessage {...message} />
    </Shell>
  )
}

/** The message alone, where a frame stands around it already. */
export function PlainMessage({ title, children, actions }: Message): ReactNode {
  return (
    <main id="main" tabIndex={-1} className="mx-auto max-w-xl py-8 outline-none sm:py-16">
      <h1 className="text-2xl font-semibold">{title}</h1>
      <div className="mt-3 space-y-2 text-soft">{children}</div>
      <div className="mt-6 flex flex-wrap gap-2">{actions}</div>
    </main>
  )
}
