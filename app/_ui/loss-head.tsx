import type { ReactNode } from 'react'
import type { PreviewHeads } from './preview-heads.ts'
import { Th, Thead } from './table.tsx'

/** The head of every table that tells what comes back, goes and changes; `more` are columns behind these. */
export function LossHead({ of, heads, more }: { of: string; heads: PreviewHeads; more?: ReactNode }): ReactNode {
  return (
    <Thead>
      <tr>
        <Th>{of}</Th>
        <Th numeric>{heads.comesBack}</Th>
        <Th numeric>{heads.wiped}</Th>
        <Th numeric>{heads.changed}</Th>
        {more}
      </tr>
    </Thead>
  )
}
