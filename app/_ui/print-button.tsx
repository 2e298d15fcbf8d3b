'use client'

import Printer from 'lucide-react/icons/printer'
import type { ReactNode } from 'react'
import { Button } from './button.tsx'

/** The browser's own printing, which also keeps a page as PDF. */
export function PrintButton({ words }: { words: string }): ReactNode {
  return (
    <Button onClick={() => window.print()} icon={<Printer aria-hidden="true" />}>
      {words}
    </Button>
  )
}
