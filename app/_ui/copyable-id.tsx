'use client'

import Check from 'lucide-react/icons/check'
import Copy from 'lucide-react/icons/copy'
import { type ReactNode, useState } from 'react'

/** An identifier to be quoted elsewhere. `short` is what is shown; the whole of it is copied. */
export function CopyableId({
  id,
  short,
  words,
}: {
  id: string
  short?: string
  words: { copy: string; copied: string }
}): ReactNode {
  const [copied, setCopied] = useState(false)
  return (
    <button
      type="button"
      title={id}
      aria-label={`${words.copy}: ${short ?? id}`}
      className="inline-flex items-center gap-1 rounded-sm text-left font-mono text-[0.9em] text-soft hover:text-ink"
      onClick={async () => {
        await navigator.clipboard.writeText(id)
        setCopied(true)
        setTimeout(() => setCopied(false), 2000)
      }}
    >
      {short ?? id}
      {copied ? (
        <Check className="size-3.5 text-good" aria-hidden="true" />
      ) : (
        <Copy className="size-3.5 text-faint" aria-hidden="true" />
      )}
      <span className="sr-only" aria-live="polite">
        {copied ? words.copied : ''}
      </span>
    </button>
  )
}
