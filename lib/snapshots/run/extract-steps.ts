import { recordKeys } from '../selection.ts'
import { makeFiles } from './make-files.ts'
import type { RunOutcome } from './outcome.ts'
import type { RunContext } from './run-context.ts'

/**
 * The one step of an extract: chosen records of the restore point with all that belongs to them, in files for the portal's people. The portal is
 * neither read nor touched. Killed anywhere, it is made anew; a file that no row names is swept.
 */
export async function extractSteps(context: RunContext): Promise<RunOutcome> {
  const { run, books, work, extract, snapshot, signal } = context
  if (extract === null) throw new Error(`run ${run.id} has no records to extract`)
  signal.throwIfAborted()
  const { records, within } = extract.selection
  await books.begin('extract')
  await work.observe('run.extracting')
  const made = await makeFiles(context, {
    kind: 'extract',
    source: snapshot,
    what: { kind: 'records', records: recordKeys(records), children: true, scope: within },
    hours: extract.days * 24,
    typedSince: false,
  })
  if (!made.ok) return { kind: 'failed', failure: 'disk_full', reason: made.noRoom, refusal: null }
  await books.done('extract', made.told)
  await work.observe('run.extracted')
  return {
    kind: 'succeeded',
    safetySnapshotId: null,
    report: {
      total: { missing: made.told.rows, newer: 0, changed: 0 },
      tables: [],
      edges: [],
      sequences: [],
      notes: [],
      proof: null,
      learntAfterwards: false,
      journalDirectory: null,
    },
  }
}
