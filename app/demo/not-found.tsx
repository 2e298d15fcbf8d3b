import type { ReactNode } from 'react'
import { NothingHere } from '../_ui/nothing-here.tsx'

/** A 404 inside this room's frame: without a file of its own the outermost one would put a second frame into it. */
export default function NotFound(): ReactNode {
  return <NothingHere />
}
