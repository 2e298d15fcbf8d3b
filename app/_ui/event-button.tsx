'use client'

import type { ReactNode } from 'react'
import { useFormFacts } from './action-form.tsx'
import { type ButtonSize, type ButtonVariant, buttonLook } from './button.tsx'
import { Spinner } from './spinner.tsx'

/** Sends its form. Its words are the event's name in words ("Approve restore" sends `APPROVE_RESTORE`), so name and deed cannot part. */
export function EventButton({
  event,
  children,
  variant = 'primary',
  size,
  wide,
  icon,
  disabled = false,
  describedBy,
}: {
  event: string
  children: ReactNode
  variant?: ButtonVariant
  size?: ButtonSize
  wide?: boolean
  icon?: ReactNode
  disabled?: boolean
  describedBy?: string
}): ReactNode {
  const { pending, pressed } = useFormFacts()
  const mine = pending && (pressed === null || pressed === event)
  return (
    <button
      type="submit"
      name="event"
      value={event}
      data-event={event}
      disabled={disabled}
      aria-disabled={pending || undefined}
      aria-busy={mine || undefined}
      aria-describedby={describedBy}
      className={buttonLook({ variant, size, wide })}
    >
      {mine ? <Spinner /> : icon}
      {children}
    </button>
  )
}
