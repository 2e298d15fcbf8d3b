import { z } from 'zod'
import { timerNames } from '#lib/domain/machine-context.ts'
import { adapterNames } from '#lib/snapshots/registry.ts'

/** Recurring work is told by the queue when it was due; nothing here asks. */
const recurring = z.object({})

/** What each task is given. Jobs of an older version may be in flight: a new field is optional. */
export const payloads = {
  captureSnapshot: z.object({
    portalId: z.uuid(),
    label: z.enum(['daily', 'manual']),
    note: z.string().optional(),
    mayBar: z.enum(['when_needed', 'never']).optional(),
    keptBy: z.enum(adapterNames).optional(),
    at: z.iso.datetime().optional(),
  }),
  changeOwner: z.object({ portalId: z.uuid() }),
  checkCaptures: recurring,
  checkPlan: z.object({ ticketId: z.uuid() }),
  checkTicket: z.object({ ticketId: z.uuid() }),
  computePreview: z.object({ previewId: z.uuid() }),
  crossCheckWays: recurring,
  drillSnapshots: recurring,
  executeRun: z.object({ runId: z.uuid() }),
  pruneSnapshots: recurring,
  reconcileBilling: recurring,
  releasePaused: z.object({ runId: z.uuid() }),
  scheduleCaptures: recurring,
  searchRecords: z.object({ searchId: z.uuid() }),
  sendMail: z.object({ outboxId: z.uuid() }),
  sweep: recurring,
  ticketTimer: z.object({ ticketId: z.uuid(), timer: z.enum(timerNames), due: z.iso.datetime({ offset: true }) }),
  tidy: recurring,
  watchDeletions: recurring,
  watchMoments: recurring,
}
