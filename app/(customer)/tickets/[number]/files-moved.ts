import { z } from 'zod'
import type { TicketRead } from '#lib/tickets/read-ticket.ts'

const counts = z.object({ missing: z.number(), newer: z.number(), changed: z.number() })
const report = z.object({ files: counts.optional() })

/** The portal's own files that the ticket's last run brought back, took away and reverted; null where it moved none. */
export function filesMoved({ run }: TicketRead): z.infer<typeof counts> | null {
  return report.safeParse(run?.report).data?.files ?? null
}
