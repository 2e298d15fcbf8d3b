import { and, asc, desc, eq, sql } from 'drizzle-orm'
import type { Tx } from '#db/client.ts'
import {
  fileSteps,
  previews,
  type RunKind,
  type RunState,
  type RunStep,
  type RunWay,
  restoreSteps,
  runSteps,
  runs,
} from '#db/schema/index.ts'
import { isWhole, type Scope } from '#lib/domain/policy/policy.ts'

/** The steps of a run in their order, by what it is about; a swap bars where an in-place restore locks. */
function stepsOf(scope: Scope, movesFiles: boolean): readonly RunStep[] {
  if (scope === 'extract') return ['extract']
  const without = [
    ...(isWhole(scope) ? [] : (['announce', 'carryOver'] as const)),
    ...(movesFiles ? [] : fileSteps),
  ] satisfies RunStep[]
  return restoreSteps.filter((step) => !without.includes(step))
}

export type StepRead = {
  step: RunStep
  state: 'done' | 'running' | 'waiting'
  startedAt: Date | null
  finishedAt: Date | null
  attempt: number
}
export type RunRead = {
  id: string
  kind: RunKind
  way: RunWay
  state: RunState
  attempts: number
  step: RunStep | null
  steps: StepRead[]
  progress: typeof runs.$inferSelect.progress
  cancelRequestedAt: Date | null
  committedAt: Date | null
  startedAt: Date | null
  finishedAt: Date | null
  writePauseMs: number | null
  offlineMs: number | null
  counts: Record<string, unknown> | null
  report: Record<string, unknown> | null
  reason: string | null
}

/** The newest run of a ticket with its steps, in the transaction that has read the ticket for its actor; null before the first. */
export async function readRun(tx: Tx, ticketId: string, kind?: RunKind): Promise<RunRead | null> {
  const [run] = await tx
    .select()
    .from(runs)
    .where(and(eq(runs.ticketId, ticketId), kind === undefined ? undefined : eq(runs.kind, kind)))
    .orderBy(desc(runs.createdAt))
    .limit(1)
  if (!run) return null
  return { ...run, steps: await readSteps(tx, run) }
}

export async function readSteps(
  tx: Tx,
  { id, scope, previewId }: Pick<typeof runs.$inferSelect, 'id' | 'scope' | 'previewId'>,
): Promise<StepRead[]> {
  const taken = await tx.select().from(runSteps).where(eq(runSteps.runId, id)).orderBy(asc(runSteps.startedAt))
  const movesFiles = scope === 'full' && (await wasToMoveFiles(tx, previewId))
  return stepsOf(scope, movesFiles).map((step) => stepRead(step, taken))
}

/** As the preview says it (`files_exchange` of `noticeCodes`); of its report, which may be long, nothing else is read. */
async function wasToMoveFiles(tx: Tx, previewId: string): Promise<boolean> {
  const says = sql<boolean>`coalesce(${previews.report} @? '$.notices[*] ? (@.code == "files_exchange")', false)`
  const [preview] = await tx.select({ says }).from(previews).where(eq(previews.id, previewId))
  return preview?.says === true
}

function stepRead(step: RunStep, taken: (typeof runSteps.$inferSelect)[]): StepRead {
  const last = taken.findLast((row) => row.step === step)
  if (!last) return { step, state: 'waiting', startedAt: null, finishedAt: null, attempt: 0 }
  return {
    step,
    state: last.finishedAt ? 'done' : 'running',
    startedAt: last.startedAt,
    finishedAt: last.finishedAt,
    attempt: last.attempt,
  }
}
