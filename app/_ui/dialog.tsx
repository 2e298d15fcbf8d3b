'use client'

import { Dialog as Base } from '@base-ui/react/dialog'
import X from 'lucide-react/icons/x'
import type { ReactElement, ReactNode } from 'react'
import { cx } from './cx.ts'

/** A question or a form over the page. `trigger` is the element that opens it; focus goes back to it afterwards. */
export function Dialog({
  trigger,
  title,
  description,
  closeLabel,
  children,
  wide = false,
  open,
  onOpenChange,
}: {
  trigger?: ReactElement
  title: string
  description?: ReactNode
  closeLabel: string
  children: ReactNode
  wide?: boolean
  open?: boolean
  onOpenChange?: (open: boolean) => void
}): ReactNode {
  return (
    <Base.Root {...(open === undefined ? {} : { open })} {...(onOpenChange === undefined ? {} : { onOpenChange })}>
      {trigger === undefined ? null : <Base.Trigger render={trigger} />}
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-veil transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0" />
        <Base.Popup
          className={cx(
            'fixed top-1/2 left-1/2 z-50 max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] -translate-x-1/2 -translate-y-1/2 overflow-y-auto rounded-lg border border-line bg-raised p-5 shadow-float',
            'transition-[opacity,scale] data-ending-style:scale-98 data-ending-style:opacity-0 data-starting-style:scale-98 data-starting-style:opacity-0',
            wide ? 'max-w-2xl' : 'max-w-md',
          )}
        >
          <div className="flex items-start justify-between gap-4">
            <Base.Title className="text-lg font-semibold">{title}</Base.Title>
            <Base.Close
              aria-label={closeLabel}
              className="-m-2 grid size-9 place-items-center rounded-md text-soft hover:bg-hover hover:text-ink"
            >
              <X className="size-4" aria-hidden="true" />
            </Base.Close>
          </div>
          {description === undefined ? null : <Base.Description className="mt-1 text-soft">{description}</Base.Description>}
          <div className="mt-4">{children}</div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}
