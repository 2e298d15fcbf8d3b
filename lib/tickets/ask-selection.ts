import { and, eq } from 'drizzle-orm'
import { z } from 'zod'
import type { Tx } from '#db/client.ts'
import { previews, runs, searches } from '#db/schema/index.ts'
import type { Person } from '#lib/domain/actor.ts'
import { isOfRecords, type Scope } from '#lib/domain/policy/policy.ts'
import { searchReportSchema } from '#lib/snapshots/search-report.ts'
import { type Selection, selectedOf, selectionSchema } from '#lib/snapshots/selection.ts'

/** Which records an extract or a put-back is to be about: those ticked in one's own search, or the same as an earlier preview's. */
export const askedRecords = z.union([
  z.object({ searchId: z.uuid(), places: z.array(z.int().nonnegative()).min(1).max(50) }),
  z.object({ sameAs: z.uuid() }),
])
export type AskedRecords = z.infer<typeof askedRecords>

type Asked = {
  portalId: string
  scope: Scope
  purpose: 'restore' | 'undo'
  records?: AskedRecords | undefined
  undoesRunId?: string | undefined
}

/**
 * The selection that a preview is to be made of; null for a scope that needs none, `none` where what was asked names no records of this portal that this
 * person has seen. Nobody names a record by a key of their own: only what a search has shown them can be chosen.
 */
export async function selectionFor(tx: Tx, actor: Person, asked: Asked): Promise<Selection | null | 'none'> {
  if (!isOfRecords(asked.scope)) return null
  if (asked.purpose === 'undo') return undoSelection(tx, asked)
  const { records } = asked
  if (records === undefined) return 'none'
  return 'sameAs' in records ? sameSelection(tx, asked, records.sameAs) : searchedSelection(tx, actor, asked, records)
}

async function undoSelection(tx: Tx, { portalId, undoesRunId }: Asked): Promise<Selection | 'none'> {
  if (undoesRunId === undefined) return 'none'
  const [run] = await tx
    .select({ id: runs.id })
    .from(runs)
    .where(and(eq(runs.id, undoesRunId), eq(runs.portalId, portalId), eq(runs.scope, 'put_back'), eq(runs.state, 'succeeded')))
  return run ? { kind: 'undo', runId: run.id } : 'none'
}

async function sameSelection(tx: Tx, { portalId }: Asked, previewId: string): Promise<Selection | 'none'> {
  const [preview] = await tx
    .select({ selection: previews.selection })
    .from(previews)
    .where(and(eq(previews.id, previewId), eq(previews.portalId, portalId)))
  const selection = selectionSchema.safeParse(preview?.selection)
  return selection.success && selection.data.kind === 'records' ? selection.data : 'none'
}

async function searchedSelection(
  tx: Tx,
  { userId }: Person,
  { portalId }: Asked,
  { searchId, places }: Extract<AskedRecords, { searchId: string }>,
): Promise<Selection | 'none'> {
  const [search] = await tx
    .select()
    .from(searches)
    .where(and(eq(searches.id, searchId), eq(searches.portalId, portalId), eq(searches.requestedBy, userId)))
  if (search?.state !== 'ready') return 'none'
  const { records } = searchReportSchema.parse(search.report)
  const wanted = [...new Set(places)].flatMap((place) => records[place] ?? [])
  return wanted.length === 0 ? 'none' : { kind: 'records', within: search.scope, records: selectedOf(wanted) }
}
