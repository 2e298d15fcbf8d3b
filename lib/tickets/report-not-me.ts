import type { z } from 'zod'
import type { Db } from '#db/client.ts'
import type { Person } from '#lib/domain/actor.ts'
import type { Dispatched } from './dispatch.ts'
import { reason, send, ticketCall } from './send.ts'

export const reportNotMeInput = ticketCall.extend({ reason: reason.optional() })
export type ReportNotMeInput = z.input<typeof reportNotMeInput>

/** The owner says it was not them: agreement is void and the ticket frozen until the desk has looked (S7). */
export function reportNotMe(db: Db, actor: Person, input: ReportNotMeInput): Promise<Dispatched> {
  return send(db, actor, reportNotMeInput, input, ({ reason: why }) => ({
    type: 'REPORT_NOT_ME',
    ...(why === undefined ? {} : { reason: why }),
  }))
}
