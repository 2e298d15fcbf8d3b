import type { TaskList } from 'graphile-worker'
import type { payloads } from './payloads.ts'
import type { Workshop } from './task.ts'
import { captureSnapshotTask } from './tasks/capture-snapshot.ts'
import { changeOwnerTask } from './tasks/change-owner.ts'
import { checkCapturesTask } from './tasks/check-captures.ts'
import { checkPlanTask } from './tasks/check-plan.ts'
import { checkTicketTask } from './tasks/check-ticket.ts'
import { computePreviewTask } from './tasks/compute-preview.ts'
import { crossCheckWaysTask } from './tasks/cross-check-ways.ts'
import { drillSnapshotsTask } from './tasks/drill-snapshots.ts'
import { executeRunTask } from './tasks/execute-run.ts'
import { pruneSnapshotsTask } from './tasks/prune-snapshots.ts'
import { reconcileBillingTask } from './tasks/reconcile-billing.ts'
import { releasePausedTask } from './tasks/release-paused.ts'
import { scheduleCapturesTask } from './tasks/schedule-captures.ts'
import { searchRecordsTask } from './tasks/search-records.ts'
import { sendMailTask } from './tasks/send-mail.ts'
import { sweepTask } from './tasks/sweep.ts'
import { ticketTimerTask } from './tasks/ticket-timer.ts'
import { tidyTask } from './tasks/tidy.ts'
import { watchDeletionsTask } from './tasks/watch-deletions.ts'
import { watchMomentsTask } from './tasks/watch-moments.ts'

/** Every job by name; a payload without a task does not compile. */
export function taskListFor(workshop: Workshop): TaskList {
  return {
    captureSnapshot: captureSnapshotTask(workshop),
    changeOwner: changeOwnerTask(workshop),
    checkCaptures: checkCapturesTask(workshop),
    checkPlan: checkPlanTask(workshop),
    checkTicket: checkTicketTask(workshop),
    computePreview: computePreviewTask(workshop),
    crossCheckWays: crossCheckWaysTask(workshop),
    drillSnapshots: drillSnapshotsTask(workshop),
    executeRun: executeRunTask(workshop),
    pruneSnapshots: pruneSnapshotsTask(workshop),
    reconcileBilling: reconcileBillingTask(workshop),
    releasePaused: releasePausedTask(workshop),
    scheduleCaptures: scheduleCapturesTask(workshop),
    searchRecords: searchRecordsTask(workshop),
    sendMail: sendMailTask(workshop),
    sweep: sweepTask(workshop),
    ticketTimer: ticketTimerTask(workshop),
    tidy: tidyTask(workshop),
    watchDeletions: watchDeletionsTask(workshop),
    watchMoments: watchMomentsTask(workshop),
  } satisfies Record<keyof typeof payloads, unknown>
}
