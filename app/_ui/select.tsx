'use client'

import { Select as Base } from '@base-ui/react/select'
import Check from 'lucide-react/icons/check'
import ChevronsUpDown from 'lucide-react/icons/chevrons-up-down'
import type { ReactNode } from 'react'

export type SelectOption = { value: string; label: string }

/** A dense list for the desk: filters, assignee, macros. On customer pages `NativeSelect` serves better. */
export function Select({
  label,
  name,
  options,
  value,
  defaultValue,
  onValueChange,
}: {
  /** Accessible name. */
  label: string
  name?: string
  options: SelectOption[]
  value?: string
  defaultValue?: string
  onValueChange?: (value: string) => void
}): ReactNode {
  return (
    <Base.Root
      items={options}
      {...(name === undefined ? {} : { name })}
      {...(value === undefined ? {} : { value })}
      {...(defaultValue === undefined ? {} : { defaultValue })}
      onValueChange={(chosen) => {
        if (typeof chosen === 'string') onValueChange?.(chosen)
      }}
    >
      <Base.Trigger
        aria-label={label}
        className="inline-flex min-h-8 items-center justify-between gap-2 rounded-md border border-control bg-surface px-2 text-dense hover:bg-hover"
      >
        <Base.Value />
        <Base.Icon className="text-faint">
          <ChevronsUpDown className="size-3.5" aria-hidden="true" />
        </Base.Icon>
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner sideOffset={4} alignItemWithTrigger={false} className="z-50">
          <Base.Popup className="max-h-80 min-w-(--anchor-width) overflow-y-auto rounded-md border border-line bg-raised p-1 text-dense shadow-float">
            {options.map((option) => (
              <Base.Item
                key={option.value}
                value={option.value}
                className="grid min-h-8 cursor-default grid-cols-[1rem_1fr] items-center gap-1.5 rounded-sm px-1.5 outline-none select-none data-highlighted:bg-hover"
              >
                <Base.ItemIndicator className="col-start-1">
                  <Check className="size-3.5" aria-hidden="true" />
                </Base.ItemIndicator>
                <Base.ItemText className="col-start-2">{option.label}</Base.ItemText>
              </Base.Item>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}
