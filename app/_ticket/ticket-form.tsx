import type { ReactNode } from 'react'
import { ActionForm } from '#app/_ui/action-form.tsx'
import { sendTicketEvent } from './send-ticket-event.ts'

/** A form that sends one event to a ticket at the version its reader saw (S43), once however often it is pressed (S45). */
export function TicketForm({
  ticket,
  hidden = {},
  className,
  label,
  children,
}: {
  ticket: { id: string; version: number }
  hidden?: Record<string, string>
  className?: string
  label?: string
  children: ReactNode
}): ReactNode {
  return (
    <ActionForm
      action={sendTicketEvent}
      hidden={{ ...hidden, ticketId: ticket.id, expectedVersion: ticket.version }}
      idempotencyKey={crypto.randomUUID()}
      {...(className === undefined ? {} : { className })}
      {...(label === undefined ? {} : { label })}
    >
      {children}
    </ActionForm>
  )
}
