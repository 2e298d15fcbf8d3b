import { sql } from 'drizzle-orm'
import type { Tx } from '#db/client.ts'
import type { Instant } from '#lib/domain/instants.ts'
import type { TimerName } from '#lib/domain/machine-context.ts'

/** What the door asks the worker to do; lib/jobs parses the same payloads. */
export type DoorJobs = {
  checkTicket: { ticketId: string }
  checkPlan: { ticketId: string }
  ticketTimer: { ticketId: string; timer: TimerName; due: Instant }
  executeRun: { runId: string }
}

/** Puts a job into the caller's transaction; it runs after the commit, not before `runAt`. One job a key: the later one replaces the earlier. */
export async function enqueueJob<T extends keyof DoorJobs>(
  tx: Tx,
  task: T,
  payload: DoorJobs[T],
  { key, runAt = null }: { key: string; runAt?: Instant | null },
): Promise<void> {
  await tx.execute(sql`select enqueue_job(${task}, ${JSON.stringify(payload)}::json, ${runAt}::timestamptz, ${key})`)
}

export async function cancelJob(tx: Tx, key: string): Promise<void> {
  await tx.execute(sql`select cancel_job(${key})`)
}
