'use client'

import type { ReactNode } from 'react'
import './globals.css'

/** Stands in for the whole page when even the root layout fails, so it knows neither language nor light: it speaks both. */
export default function GlobalError({ error, retry }: { error: Error & { digest?: string }; retry: () => void }): ReactNode {
  return (
    <html lang="en">
      <body>
        <title>Restore Desk</title>
        <main className="mx-auto max-w-xl space-y-6 px-4 py-16">
          <section className="space-y-2">
            <h1 className="text-2xl font-semibold">This page could not be made</h1>
            <p className="text-soft">
              No restore was started or stopped by this, and your data is as it was. Try again in a moment.
            </p>
          </section>
          <section className="space-y-2" lang="pl">
            <h2 className="text-2xl font-semibold">Nie udało się przygotować tej strony</h2>
            <p className="text-soft">
              Żadne przywracanie się od tego nie zaczęło ani nie przerwało, a dane są takie, jakie były. Spróbuj za chwilę.
            </p>
          </section>
          <button type="button" onClick={retry} className="min-h-11 rounded-md bg-accent px-4 font-medium text-on-accent">
            Try again · <span lang="pl">Spróbuj ponownie</span>
          </button>
          {error.digest === undefined ? null : <p className="font-mono text-sm text-faint">{error.digest}</p>}
        </main>
      </body>
    </html>
  )
}
