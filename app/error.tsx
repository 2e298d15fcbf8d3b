'use client'

import RotateCcw from 'lucide-react/icons/rotate-ccw'
import Link from 'next/link'
import type { ReactNode } from 'react'
import { buttonLook } from './_ui/button.tsx'
import { useTroubleWords } from './_ui/trouble-words.tsx'

/** Something broke while a page was made: what happened, what is safe, what to do, and the number under which the log knows it. `retry` asks the server anew; `reset` would only draw the same failure again. */
export default function ErrorPage({ error, retry }: { error: Error & { digest?: string }; retry: () => void }): ReactNode {
  const words = useTroubleWords()
  return (
    <main id="main" className="mx-auto max-w-xl px-4 py-16">
      <h1 className="text-2xl font-semibold">{words?.title}</h1>
      <p className="mt-3 text-soft">{words?.safe}</p>
      <p className="mt-2 text-soft">{words?.whatToDo}</p>
      <div className="mt-6 flex flex-wrap gap-2">
        <button type="button" onClick={retry} className={buttonLook({ variant: 'primary' })}>
          <RotateCcw aria-hidden="true" />
          {words?.again}
        </button>
        <Link href="/" className={buttonLook({ variant: 'quiet' })}>
          {words?.home}
        </Link>
      </div>
      {error.digest === undefined ? null : (
        <p className="mt-6 text-sm text-faint">
          {words?.reference} <span className="font-mono">{error.digest}</span>
        </p>
      )}
    </main>
  )
}
