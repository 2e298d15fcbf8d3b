import type { Tx } from '#db/client.ts'
import type { ChosenRecords } from './port.ts'
import { journalOf } from './run/journal-of.ts'
import { chosenRecords, selectionSchema } from './selection.ts'

export type PutBackAsked = { records: ChosenRecords[] } | { undoOf: string }

/** What a preview of the scope `put_back` is about, as the port asks for it; null for every other scope. */
export async function putBackAsked(
  tx: Tx,
  preview: { id: string; scope: string; selection: unknown },
): Promise<PutBackAsked | null> {
  if (preview.scope !== 'put_back') return null
  const selection = selectionSchema.parse(preview.selection)
  if (selection.kind === 'records') return { records: chosenRecords(selection.records) }
  const undoOf = await journalOf(tx, selection.runId)
  if (undoOf === null) throw new Error(`preview ${preview.id}: the put-back of run ${selection.runId} has left no journal`)
  return { undoOf }
}
