import { createHash } from 'node:crypto'
import type { TableDifference } from '../difference.ts'
import { byFirst, littleEndian } from '../digest.ts'
import { findObstacles } from '../find-obstacles.ts'
import { nameKey } from '../names.ts'
import { type EngineNotice, type EngineRefusal, RefusalError } from '../refusal.ts'
import { noRows, rowSetOf } from '../row-set.ts'
import { atOneMoment } from '../side.ts'
import { type WipedSet, wipedSetOf } from '../wiped-set.ts'
import type { UndoPutBackRequest } from './order.ts'
import { conflictFacts } from './plan-put-back.ts'
import { planUndo, type UndoPlan, undoScope } from './plan-undo.ts'
import type { Conflict } from './types.ts'

export type PreviewedUndo = {
  /** What is taken out, as `newer` rows and nothing else. */
  readonly tables: readonly TableDifference[]
  readonly conflicts: readonly Conflict[]
  readonly leftOut: readonly { readonly table: TableDifference['table']; readonly rows: number }[]
  readonly gone: number
  readonly rows: WipedSet
  readonly digest: string
  readonly refusal: EngineRefusal | null
  readonly notices: readonly EngineNotice[]
}

/** What the undo of a put-back would take out, and what stays because somebody has changed it or points at it since. Changes nothing. */
export async function previewUndo(
  { live, snapshot, undoOf, protection, leaveOutConflicts }: UndoPutBackRequest,
  binding: Readonly<Record<string, string>>,
): Promise<PreviewedUndo> {
  try {
    const scope = await undoScope(undoOf, protection)
    const { refusals, notices } = await findObstacles(live, snapshot, scope, 'in_place')
    if (refusals[0] !== undefined) return nothing(refusals[0], notices, binding)
    return await atOneMoment([live, snapshot], async () => {
      const plan = await planUndo(live, snapshot, undoOf, scope)
      const unsolved = plan.conflicts.length > 0 && !leaveOutConflicts
      const inTheWay: EngineRefusal | null = unsolved
        ? { code: 'put_back_conflicts', facts: conflictFacts(plan.conflicts) }
        : null
      return {
        tables: leavingTables(plan),
        conflicts: plan.conflicts,
        leftOut: plan.tables.flatMap((table) => {
          const rows = plan.staying.rows(table).length
          return rows === 0 ? [] : [{ table: { schema: table.schema, name: table.name }, rows }]
        }),
        gone: plan.gone,
        rows: leavingSet(plan),
        digest: digestOfUndo(plan, { ...binding, leaveOutConflicts: `${leaveOutConflicts}` }),
        refusal: inTheWay,
        notices,
      }
    })
  } catch (error) {
    if (!(error instanceof RefusalError)) throw error
    return nothing(error.refusal, [], binding)
  }
}

function nothing(
  refusal: EngineRefusal,
  notices: readonly EngineNotice[],
  binding: Readonly<Record<string, string>>,
): PreviewedUndo {
  const digest = createHash('sha256')
    .update(JSON.stringify(Object.entries(binding).sort(byFirst)))
    .digest('hex')
  return { tables: [], conflicts: [], leftOut: [], gone: 0, rows: { tables: new Map() }, digest, refusal, notices }
}

/** Exactly the rows that are taken out, for a consent. */
export function leavingSet(plan: UndoPlan): WipedSet {
  const tables = leavingTables(plan)
  return wipedSetOf({
    way: 'exact',
    tablesByWay: { exact: 0, watermark: 0, wal_summaries: 0 },
    tables,
    tablesCompared: 0,
    rowsCompared: 0,
    edges: [],
    largeObjects: [],
    sequences: [],
    erased: { records: 0, fallen: 0 },
    drift: [],
  })
}

function leavingTables({ tables, leaving }: UndoPlan): TableDifference[] {
  return tables.flatMap((table) => {
    const newer = rowSetOf(leaving.rows(table))
    const sides = { missing: noRows, newer, changed: [], rowsLive: 0, rowsSnapshot: 0, keyColumns: table.key }
    return newer.length === 0 ? [] : [{ table: { schema: table.schema, name: table.name }, ...sides }]
  })
}

function digestOfUndo(plan: UndoPlan, binding: Readonly<Record<string, string>>): string {
  const hash = createHash('sha256')
  const line = (...parts: readonly unknown[]) => hash.update(`${JSON.stringify(parts)}\n`)
  line('undo_put_back', Object.entries(binding).sort(byFirst))
  for (const table of [...plan.tables].sort((a, b) => (nameKey(a) < nameKey(b) ? -1 : 1)))
    for (const [kind, rows] of [
      ['leaving', plan.leaving],
      ['staying', plan.staying],
    ] as const) {
      const hashes = BigInt64Array.from(rows.rows(table), (row) => row.hash).sort()
      line(table.schema, table.name, kind, hashes.length)
      hash.update(littleEndian(hashes))
    }
  line('conflicts', plan.conflicts.map((conflict) => JSON.stringify(conflict)).sort())
  return hash.digest('hex')
}
