'use client'

import { Menu as Base } from '@base-ui/react/menu'
import type { Route } from 'next'
import Link from 'next/link'
import type { ReactElement, ReactNode } from 'react'
import { cx } from './cx.ts'

export type MenuEntry = {
  key: string
  label: ReactNode
  /** A key that does the same, shown at the right. */
  shortcut?: string
  disabled?: boolean
  /** Why it is disabled, in words; shown under the label. */
  reason?: string
} & ({ href: Route } | { onSelect: () => void })

export function Menu({ trigger, entries, label }: { trigger: ReactElement; entries: MenuEntry[]; label: string }): ReactNode {
  return (
    <Base.Root>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner sideOffset={4} className="z-50">
          <Base.Popup
            aria-label={label}
            className="min-w-44 rounded-md border border-line bg-raised p-1 text-sm shadow-float transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0"
          >
            {entries.map((entry) => (
              <Entry key={entry.key} entry={entry} />
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}

const look =
  'flex min-h-8 cursor-default items-center justify-between gap-6 rounded-sm px-2 py-1 outline-none select-none data-highlighted:bg-hover'

function Entry({ entry }: { entry: MenuEntry }): ReactNode {
  const inside = (
    <>
      <span>
        {entry.label}
        {entry.reason === undefined ? null : <span className="block text-xs text-faint">{entry.reason}</span>}
      </span>
      {entry.shortcut === undefined ? null : <kbd className="font-mono text-xs text-faint">{entry.shortcut}</kbd>}
    </>
  )
  if ('href' in entry)
    return (
      <Base.LinkItem className={look} render={<Link href={entry.href} />}>
        {inside}
      </Base.LinkItem>
    )
  return (
    <Base.Item className={cx(look, entry.disabled && 'text-faint')} disabled={entry.disabled ?? false} onClick={entry.onSelect}>
      {inside}
    </Base.Item>
  )
}
