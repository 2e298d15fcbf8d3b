import ShieldAlert from 'lucide-react/icons/shield-alert'
import type { ReactNode } from 'react'
import type { SaidRefusal } from './action-state.ts'

/** A no: why, what would turn it into a yes, and in small print which rule said it under which policy. Neutral in colour: nothing is broken. */
export function RefusalCard({ refusal, children }: { refusal: SaidRefusal; children?: ReactNode }): ReactNode {
  return (
    <section className="flex gap-3 rounded-md border border-control bg-sunken p-4" data-refusal="">
      <ShieldAlert className="mt-0.5 size-5 shrink-0 text-soft" aria-hidden="true" />
      <div className="min-w-0 space-y-1.5">
        <p className="font-medium text-ink">{refusal.heading}</p>
        <p>{refusal.why}</p>
        {refusal.help === null ? null : <p className="text-soft">{refusal.help}</p>}
        {children}
        {refusal.source === null ? null : (
          <p className="pt-1.5 text-xs text-soft">
            {refusal.sourceLabel}: {refusal.source}
          </p>
        )}
      </div>
    </section>
  )
}
