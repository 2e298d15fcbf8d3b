import { eq } from 'drizzle-orm'
import type { Db } from '#db/client.ts'
import { previews } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import type { Policy } from '#lib/domain/policy/policy.ts'
import { compareForPeople, readPreviewed } from './compute-preview.ts'
import type { Comparison } from './port.ts'
import { type FilesReport, previewReportSchema, type Tally } from './preview-report.ts'

export type Growth = {
  /** Nothing has changed since: the consented digest still is what would be done. */
  same: boolean
  /** More would be lost than the policy tolerates: the owner must be asked again (R11). */
  beyondTolerance: boolean
  /** By how much what would be lost has grown, rows and files of the portal; never negative. */
  grownBy: { newer: number; changed: number; files: number }
  toleranceRows: number
  now: Tally
}

/** How what would be lost now, compared exactly, stands against what a ready preview said. Null when there is no such ready preview. */
export async function compareWithConsent(db: Db, previewId: string, signal: AbortSignal): Promise<Growth | null> {
  const asked = await scoped(db, 'system', async (tx) => {
    const [preview] = await tx.select().from(previews).where(eq(previews.id, previewId))
    return preview?.state === 'ready' ? readPreviewed(tx, preview) : null
  })
  if (!asked) return null
  const then = consentedTotal(asked.preview.report)
  const { comparison } = await compareForPeople(asked, signal)
  const toleranceRows = toleranceOf(asked.policy, then)
  const now = comparison.total
  const grownBy = {
    newer: Math.max(0, now.newer - then.newer),
    changed: Math.max(0, now.changed - then.changed),
    files: Math.max(0, lostFiles(comparison.files) - lostFiles(previewReportSchema.parse(asked.preview.report).files)),
  }
  return {
    same: comparison.digest === asked.preview.digest,
    beyondTolerance: grownBy.newer + grownBy.changed + grownBy.files > toleranceRows,
    grownBy,
    toleranceRows,
    now,
  }
}

/** Files that would be taken away or overwritten. */
function lostFiles(files: Comparison['files'] | FilesReport): number {
  return typeof files === 'object' ? files.newer + files.changed : 0
}

/**
 * The rows a preview counted, from its report as stored. Where some tables were sampled (S38): of what would be lost the upper bounds, since it is those that were
 * consented to; the run's own comparison is exact and must lie within them.
 */
export function consentedTotal(report: unknown): Tally {
  const { totals, sampled } = previewReportSchema.parse(report)
  return {
    missing: totals.comesBack,
    newer: sampled?.newer.atMost ?? totals.wiped,
    changed: sampled?.changed.atMost ?? totals.changed,
  }
}

/** R11: the larger of the policy's rows and its share of what was consented to. */
export function toleranceOf(policy: Pick<Policy, 'toleranceRows' | 'tolerancePercent'>, consented: Tally): number {
  const share = Math.floor(((consented.newer + consented.changed) * policy.tolerancePercent) / 100)
  return Math.max(policy.toleranceRows, share)
}
