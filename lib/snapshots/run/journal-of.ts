import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import type { Tx } from '#db/client.ts'
import { runs } from '#db/schema/index.ts'
import { runReportSchema } from './outcome.ts'

/** The folder in which a finished run kept what its undo needs; null where it kept nothing. */
export async function journalOf(tx: Tx, runId: string): Promise<string | null> {
  const [run] = await tx.select({ report: runs.report }).from(runs).where(eq(runs.id, runId))
  const report = runReportSchema.safeParse(run?.report)
  return report.success ? report.data.journalDirectory : null
}

/** A folder a run, emptied before each attempt: one begins only when the one before left nothing. */
export function journalDirectoryOf({ work }: { work: { journalRoot: string } }, run: { id: string }): string {
  return join(work.journalRoot, run.id)
}
