import type { TableWords } from '#db/schema/index.ts'
import type { CompareRequest, Comparison, PutBackComparison, SnapshotAdapter } from './port.ts'
import type { PutBackReport } from './preview-report.ts'
import type { PutBackAsked } from './put-back-asked.ts'
import { tableName } from './table-name.ts'

export type ComparedPutBack = { comparison: Comparison; leaveOutConflicts: boolean }

/**
 * Compares with nothing left out; where something is in the way, once more without it: people are shown what is in the way and what the rest would
 * be, and consent to that (S72).
 */
export async function comparePutBack(
  adapter: SnapshotAdapter,
  request: CompareRequest,
  asked: PutBackAsked,
  signal: AbortSignal,
): Promise<ComparedPutBack> {
  const compare = (leaveOutConflicts: boolean) =>
    adapter.compare({ ...request, putBack: { ...asked, leaveOutConflicts } }, signal)
  const all = await compare(false)
  const leaveOutConflicts = (all.putBack?.conflicts.length ?? 0) > 0
  return { comparison: leaveOutConflicts ? await compare(true) : all, leaveOutConflicts }
}

/** Conflicts and parents listed at most. */
const listedAtMost = 200

export function putBackReport(
  found: PutBackComparison,
  { leaveOutConflicts, words }: { leaveOutConflicts: boolean; words: TableWords[] },
): PutBackReport {
  const record = (
    table: { schema: string; name: string },
    row: Readonly<Record<string, string | null>>,
    title: string | null,
  ) => ({
    name: tableName(words, { schema: table.schema, table: table.name }),
    title: title ?? Object.values(row).join(' '),
  })
  return {
    leaveOutConflicts,
    returning: found.returning,
    parents: found.parents.slice(0, listedAtMost).map(({ table, row, title }) => record(table, row, title)),
    conflicts: found.conflicts.slice(0, listedAtMost).map(({ kind, table, row, title, constraint, inTheWay, inTheWayTitle }) => ({
      kind,
      record: record(table, row, title),
      constraint,
      inTheWay: inTheWay && record(inTheWay.table, inTheWay.row, inTheWayTitle),
    })),
    conflictsCut: found.conflicts.length > listedAtMost,
    leftOut: found.leftOut.map(({ rows, ...table }) => ({ name: tableName(words, table), rows })),
    notMissing: found.notMissing.length,
  }
}
