import { z } from 'zod'
import { failureKinds } from '#lib/domain/events.ts'
import type { AdapterRefusal, AdapterRefusalCode } from '../port.ts'
import { tallySchema } from '../preview-report.ts'

export type FailureKind = (typeof failureKinds)[number]

const edge = z.object({ constraint: z.string(), rows: z.number(), handling: z.enum(['null', 'keep']) })

/** What a finished run knows of itself: kept in runs.report. */
export const runReportSchema = z.object({
  /** Rows that came back, were wiped, went back to what they were. */
  total: tallySchema,
  tables: z.array(tallySchema.extend({ schema: z.string(), table: z.string() })),
  edges: z.array(edge),
  sequences: z.array(z.object({ sequence: z.string(), from: z.string(), to: z.string() })),
  notes: z.array(z.string()),
  /** Rows that came back paused, by table (S69); null where nothing of the portal is outbound. Absent in reports of before. */
  paused: z.array(z.object({ schema: z.string(), table: z.string(), rows: z.number() })).nullish(),
  /** The portal's files that came back, went, and went back to what they were. Absent where none were moved, and in reports of before. */
  files: tallySchema.optional(),
  /** Where it is told which files were put aside for them: the safety copy's own. Absent as above. */
  filesFrom: z.string().optional(),
  /** Snapshot and portal compared again after the commit, without a lock: what differs was written by people since. Null where it was not done. */
  proof: z.object({ equal: z.boolean(), since: tallySchema, files: tallySchema.optional() }).nullable(),
  /** The worker died after the commit: the server was asked what became of the transaction, and counts are those of the preview (S50). */
  learntAfterwards: z.boolean(),
  /** Where what was overwritten is kept (of a put-back: which rows it brought); an undo takes nulled references from there. */
  journalDirectory: z.string().nullable(),
})
export type RunReport = z.infer<typeof runReportSchema>

/** `consent_stale`: what would come back is not what it was. */
export type Stale = { code: (typeof staleCodes)[number] | 'consent_stale'; facts: AdapterRefusal['facts'] }
const staleCodes = ['loss_grew', 'put_back_grew', 'put_back_conflicts'] as const satisfies AdapterRefusalCode[]

export type RunOutcome =
  | { kind: 'succeeded'; report: RunReport; safetySnapshotId: string | null }
  /** The portal is exactly as it was before (S47); only after `unproved` that is not certain, and a person must look (S50, S119). */
  | { kind: 'failed'; failure: FailureKind; reason: string; refusal: AdapterRefusal | null }
  | { kind: 'cancelled' }
  /** It is no longer what was consented to (R11): more would be lost, or come back, or something is in the way. Nothing was changed. */
  | { kind: 'stale'; refusal: Stale }

/** Why a running step was stopped from outside: the signal's reason. */
export class Stopped extends Error {
  override name = 'Stopped'
  readonly why: 'cancelled' | 'handed_over' | 'window_ended'

  constructor(why: Stopped['why']) {
    super(`stopped: ${why}`)
    this.why = why
  }
}

/** What would be wiped could not be put into files, and nothing was touched. */
export class CarryOverFailed extends Error {
  override name = 'CarryOverFailed'

  constructor(cause: unknown) {
    super(`what would be wiped could not be put into files: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

/** A no that may be a yes a moment later: tried again a few times before the run fails (S47, S52). */
const passing: AdapterRefusalCode[] = ['lock_not_granted', 'lock_held_too_long', 'sessions_hold_on', 'prepared_transactions']

export function mayPass(refusal: AdapterRefusal): boolean {
  return passing.includes(refusal.code)
}

/** What a refusal during a run comes to. */
export function outcomeOf(refusal: AdapterRefusal): RunOutcome {
  const stale = staleCodes.find((code) => code === refusal.code)
  if (stale) return { kind: 'stale', refusal: { code: stale, facts: refusal.facts } }
  return { kind: 'failed', failure: failureOf(refusal), reason: wordsOf(refusal), refusal }
}

function failureOf({ code }: AdapterRefusal): FailureKind {
  if (passing.some((one) => one === code)) return 'blocked'
  if (code === 'not_enough_disk') return 'disk_full'
  if (code === 'verification_failed') return 'verification'
  if (code === 'safety_copy_missing') return 'safety_copy'
  if (code === 'remote_unproved') return 'unproved'
  return code === 'portal_missing' ? 'portal_unreachable' : 'refused'
}

/** What a thrown error comes to, by the server's own code where it has one. */
export function outcomeOfError(cause: unknown): Extract<RunOutcome, { kind: 'failed' }> {
  const reason = cause instanceof Error ? cause.message : String(cause)
  const failure = cause instanceof CarryOverFailed ? 'carry_over' : failureByCode(codeOf(cause))
  return { kind: 'failed', failure, reason, refusal: null }
}

function failureByCode(code: string | null): FailureKind {
  if (code === '53100') return 'disk_full'
  if (code !== null && /^(08|57P0|ECONN|EPIPE|ENOTFOUND|ETIMEDOUT)/.test(code)) return 'portal_unreachable'
  return 'error'
}

function codeOf(cause: unknown): string | null {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : null
}

function wordsOf(refusal: AdapterRefusal): string {
  const facts = Object.entries(refusal.facts).map(
    ([name, value]) => `${name}: ${Array.isArray(value) ? value.join(', ') : value}`,
  )
  return facts.length === 0 ? refusal.code : `${refusal.code} (${facts.join('; ')})`
}

const failedReport = z.object({ failure: z.enum(failureKinds) })

/** What kind of failure a finished run's row tells. */
export function failureOfRun(run: { report: unknown }): FailureKind {
  const report = failedReport.safeParse(run.report)
  return report.success ? report.data.failure : 'error'
}
