import type { ReactNode } from 'react'
import { cx } from './cx.ts'

/** Stands where something will be, of the same size; `className` gives that size. */
export function Skeleton({ className }: { className: string }): ReactNode {
  return <div aria-hidden="true" className={cx('breathe rounded-md bg-hover', className)} />
}
