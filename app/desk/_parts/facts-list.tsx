import type { ReactNode } from 'react'

/** Facts as pairs, narrow: the term above its value where there is little room. */
export function FactsList({ children }: { children: ReactNode }): ReactNode {
  return <dl className="grid grid-cols-[minmax(6.5rem,auto)_minmax(0,1fr)] gap-x-3 gap-y-1.5 text-dense">{children}</dl>
}

export function Fact({ term, children }: { term: ReactNode; children: ReactNode }): ReactNode {
  return (
    <>
      <dt className="text-soft">{term}</dt>
      <dd className="figures min-w-0">{children}</dd>
    </>
  )
}
