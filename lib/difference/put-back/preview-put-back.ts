import type { TableDifference } from '../difference.ts'
import { findObstacles } from '../find-obstacles.ts'
import { nameKey } from '../names.ts'
import type { Watching } from '../observe.ts'
import { type EngineNotice, type EngineRefusal, RefusalError } from '../refusal.ts'
import { noRows } from '../row-set.ts'
import { atOneMoment, type Side } from '../side.ts'
import { type WipedSet, wipedSetOf } from '../wiped-set.ts'
import { digestOfPutBack } from './digest-put-back.ts'
import { nameRows } from './name-rows.ts'
import type { PutBackRequest } from './order.ts'
import { conflictFacts, type PutBackPlan, planPutBack } from './plan-put-back.ts'
import { findReach } from './reach.ts'
import type { PutBackPreview } from './types.ts'

export type PreviewedPutBack = {
  readonly preview: PutBackPreview
  /** What comes back as a difference, `missing` rows alone, for whoever tells it by person and hour. */
  readonly tables: readonly TableDifference[]
  /** What consent is given to: exactly these rows. */
  readonly rows: WipedSet
  readonly digest: string
  /** Why it could not be done now; null when it can. */
  readonly refusal: EngineRefusal | null
  readonly notices: readonly EngineNotice[]
}

/**
 * What a put-back would do; changes nothing. Places in the answer are good inside the caller's `atOneMoment`. `binding` goes into the digest: portal,
 * snapshot, what was asked.
 */
export async function previewPutBack(
  request: PutBackRequest & Watching,
  binding: Readonly<Record<string, string>>,
): Promise<PreviewedPutBack> {
  const { live, snapshot, scope, records } = request
  try {
    const reach = await findReach(live, snapshot, scope, records)
    const { refusals, notices } = await findObstacles(live, snapshot, reach.scope, 'in_place')
    if (refusals[0] !== undefined) return nothing(refusals[0], notices, binding)
    return await atOneMoment([live, snapshot], async () => {
      const plan = await planPutBack(request, reach)
      const preview = await tell(snapshot, plan)
      const tables = returningTables(plan)
      const unsolved = plan.conflicts.length > 0 && !request.leaveOutConflicts
      return {
        preview,
        tables,
        rows: returningSet(tables),
        digest: digestOfPutBack(plan, { ...binding, leaveOutConflicts: `${request.leaveOutConflicts}` }),
        refusal: unsolved ? { code: 'put_back_conflicts', facts: conflictFacts(plan.conflicts) } : null,
        notices,
      }
    })
  } catch (error) {
    if (error instanceof RefusalError) return nothing(error.refusal, [], binding)
    throw error
  }
}

/** What comes back of each table, as `missing` rows and nothing else. */
export function returningTables({ comparison, returning }: PutBackPlan): TableDifference[] {
  return comparison.difference.tables.flatMap((table) => {
    const missing = returning.set(table.table)
    return missing.length === 0 ? [] : [{ ...table, missing, newer: noRows, changed: [] }]
  })
}

/** The same as a set of rows by hash: the engine keeps consents in that shape, whichever way the rows go. */
export function returningSet(tables: readonly TableDifference[]): WipedSet {
  const turned = tables.map((table) => ({ ...table, newer: table.missing, missing: noRows }))
  return wipedSetOf({ ...emptyDifference, tables: turned })
}

const emptyDifference = {
  way: 'exact',
  tablesByWay: { exact: 0, watermark: 0, wal_summaries: 0 },
  tablesCompared: 0,
  rowsCompared: 0,
  edges: [],
  largeObjects: [],
  sequences: [],
  erased: { records: 0, fallen: 0 },
  drift: [],
} as const

async function tell(snapshot: Side, plan: PutBackPlan): Promise<PutBackPreview> {
  const { comparison, returning, leftOut, conflicts, notMissing } = plan
  const tables: PutBackPreview['tables'][number][] = []
  const parents: PutBackPreview['parents'][number][] = []
  const left: PutBackPreview['leftOut'][number][] = []
  for (const { live } of comparison.pairs) {
    const table = { schema: live.schema, name: live.name }
    const rows = returning.rows(live)
    const count = (because: string) => rows.filter((row) => row.because === because).length
    if (rows.length > 0) tables.push({ table, chosen: count('chosen'), children: count('child'), parents: count('parent') })
    const needed = rows.filter((row) => row.because === 'parent').map((row) => row.place)
    for (const row of (await nameRows(snapshot, live, needed)).values()) parents.push({ table, row })
    const out = leftOut.rows(live).length
    if (out > 0) left.push({ table, rows: out })
  }
  return {
    tables: tables.sort((a, b) => (nameKey(a.table) < nameKey(b.table) ? -1 : 1)),
    parents,
    conflicts,
    leftOut: left,
    notMissing,
  }
}

function nothing(
  refusal: EngineRefusal,
  notices: readonly EngineNotice[],
  binding: Readonly<Record<string, string>>,
): PreviewedPutBack {
  const preview: PutBackPreview = { tables: [], parents: [], conflicts: [], leftOut: [], notMissing: [] }
  return { preview, tables: [], rows: { tables: new Map() }, digest: digestOfPutBack(null, binding), refusal, notices }
}
