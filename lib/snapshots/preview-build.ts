import type { ProtectedData, TableWords } from '#db/schema/index.ts'
import { keptReport } from './kept-report.ts'
import { meaningReport } from './meaning-report.ts'
import type {
  AdapterRefusal,
  ComparedTable,
  Comparison,
  RestoreScope,
  RestoreWay,
  SampledComparison,
  TableColumns,
} from './port.ts'
import {
  examplesAtMost,
  type PreviewExample,
  type PreviewNotice,
  type PreviewReport,
  type Range,
  type Tally,
} from './preview-report.ts'
import { tableName } from './table-name.ts'

export type BuildInput = {
  comparison: Comparison
  scope: RestoreScope
  /** The portal keeps files that the desk minds. */
  hasFiles: boolean
  snapshotAt: Date
  userCount: number
  words: TableWords[]
  columns: TableColumns[]
  protectedData: ProtectedData
  writePauseLimitMs: number
}
export type Built = { ok: true; report: PreviewReport } | { ok: false; refusal: AdapterRefusal }

/** Turns a comparison into what people are told, and proposes the way; refused when neither way can be gone. */
export function buildPreview(input: BuildInput): Built {
  const way = proposeWay(input)
  if (!way.ok) return way
  const { comparison } = input
  const sampled = comparison.sampled ?? []
  const counted = sampled.map(({ missing, newer, changed }) => ({
    missing: missing.about,
    newer: newer.about,
    changed: changed.about,
  }))
  const total = [comparison.total, ...counted].reduce(sumTally)
  const examples = examplesOf([...comparison.tables, ...sampled], rowsOf(total))
  const report: PreviewReport = {
    version: 1,
    method: comparison.method,
    snapshotAt: input.snapshotAt.toISOString(),
    comparedAt: comparison.comparedAt,
    durationMs: Math.round(comparison.durationMs),
    totals: {
      comesBack: total.missing,
      wiped: total.newer,
      changed: total.changed,
      usersAffected: input.userCount,
    },
    ...(sampled.length === 0 ? {} : { sampled: rangesOf(comparison.total, sampled) }),
    tables: [...comparison.tables.map((table) => tableOf(table, input)), ...sampled.map((table) => sampledOf(table, input))].sort(
      (a, b) => rowsOf(b) - rowsOf(a),
    ),
    people: sumBy(comparison.tables.flatMap((table) => table.people.map((row) => ({ ...row, key: row.who }))))
      .map(({ key, ...tally }) => ({ who: key, ...tally }))
      .sort((a, b) => rowsOf(b) - rowsOf(a)),
    hours: sumBy(
      comparison.tables.flatMap((table) => table.hours.map((row) => ({ ...row, key: new Date(row.hour).toISOString() }))),
    )
      .map(({ key, ...tally }) => ({ from: key, ...tally }))
      .sort((a, b) => a.from.localeCompare(b.from)),
    ...examples,
    edges: comparison.edges.map(({ keptBy: _, ...edge }) => edge),
    notices: noticesOf(comparison, way, input.writePauseLimitMs),
    structure: comparison.drift,
    meaning: meaningReport(comparison.tables, input.words),
    way: way.way,
    writePauseMs: way.way === 'in_place' ? Math.ceil(comparison.estimate.writePauseMs) : 0,
    offlineMs: way.way === 'swap' ? Math.ceil(comparison.estimate.offlineMs) : 0,
    ...(comparison.kept
      ? { kept: keptReport({ kept: comparison.kept, edges: comparison.edges }, input.protectedData, input.words) }
      : {}),
    ...pausedOf(input),
    ...filesOf(input),
  }
  return { ok: true, report }
}

/** S69: by what people call the tables; partitions of one name are one. */
function pausedOf({ comparison: { paused }, words }: BuildInput): Pick<PreviewReport, 'paused'> {
  const told = (paused ?? []).map(({ schema, table, rows }) => ({ name: tableName(words, { schema, table }), rows }))
  const named = [...Map.groupBy(told, ({ name }) => name.en).values()].flatMap((same) => {
    const [first] = same
    return first === undefined ? [] : [{ name: first.name, rows: same.reduce((sum, { rows }) => sum + rows, 0) }]
  })
  return named.length === 0 ? {} : { paused: named }
}

/** Files go back with the scope `full` alone; of a put-back nobody asks. */
function filesOf({ comparison: { files }, scope, hasFiles }: BuildInput): Pick<PreviewReport, 'files'> {
  if (files === 'not_kept') return { files }
  if (files === undefined) return hasFiles && scope === 'crm' ? { files: 'stay' } : {}
  const { missing, newer, changed, lostBytes } = files
  const examples = files.examples.slice(0, examplesAtMost)
  return { files: { missing, newer, changed, lostBytes, examples, examplesCut: rowsOf(files) > examples.length } }
}

type Proposed = { ok: true; way: RestoreWay; because: string | null }

/**
 * In place, unless it cannot be or writers would wait longer than policy allows; then, for `full`, the swap. A restore that is only
 * too slow is still proposed: the notice says so, and the owner chooses a window.
 */
function proposeWay({ comparison, scope, writePauseLimitMs }: BuildInput): Proposed | { ok: false; refusal: AdapterRefusal } {
  const { inPlace, swap } = comparison.refusals
  const tooSlow = comparison.estimate.writePauseMs > writePauseLimitMs
  if (!inPlace && !tooSlow) return { ok: true, way: 'in_place', because: null }
  if (scope === 'full' && !swap) return { ok: true, way: 'swap', because: inPlace ? inPlace.code : 'pause_too_long' }
  return inPlace ? { ok: false, refusal: inPlace } : { ok: true, way: 'in_place', because: null }
}

function tableOf(table: ComparedTable, input: BuildInput): PreviewReport['tables'][number] {
  const { schema, table: name, missing, newer, changed } = table
  const same = (row: { schema: string; table: string }) => row.schema === schema && row.table === name
  const moneyColumn = input.columns.find(same)?.moneyColumn
  return {
    schema,
    table: name,
    name: tableName(input.words, { schema, table: name }),
    missing,
    newer,
    changed,
    money:
      table.money === null || moneyColumn === undefined
        ? null
        : {
            column: moneyColumn,
            comesBack: table.money.missing,
            wiped: table.money.newer,
            ...(table.currencies === undefined ? {} : { byCurrency: table.currencies.map(sumsOf) }),
          },
  }
}

function sampledOf(
  { schema, table, missing, newer, changed, rowsLookedAt, rowsInAll }: SampledComparison,
  { words }: BuildInput,
): PreviewReport['tables'][number] {
  return {
    schema,
    table,
    name: tableName(words, { schema, table }),
    missing: missing.about,
    newer: newer.about,
    changed: changed.about,
    money: null,
    sampled: { missing: rangeOf(missing), newer: rangeOf(newer), changed: rangeOf(changed), rowsLookedAt, rowsInAll },
  }
}

const rangeOf = ({ atLeast, atMost }: Range): Range => ({ atLeast, atMost })

/** Of all tables together: what was counted, and the bounds of what was not. */
function rangesOf(exact: Tally, sampled: SampledComparison[]): NonNullable<PreviewReport['sampled']> {
  const of = (kind: keyof Tally): Range => ({
    atLeast: sampled.reduce((sum, table) => sum + table[kind].atLeast, exact[kind]),
    atMost: sampled.reduce((sum, table) => sum + table[kind].atMost, exact[kind]),
  })
  const linksUnknown = sampled.some(({ referencesUnknown }) => referencesUnknown)
  return { missing: of('missing'), newer: of('newer'), changed: of('changed'), linksUnknown }
}

const sumTally = (one: Tally, other: Tally): Tally => ({
  missing: one.missing + other.missing,
  newer: one.newer + other.newer,
  changed: one.changed + other.changed,
})

const sumsOf = ({ currency, missing, newer }: NonNullable<ComparedTable['currencies']>[number]) => ({
  currency,
  comesBack: missing,
  wiped: newer,
})

/** Taken in turn from each table, so that a large one does not crowd out the rest. */
function examplesOf(
  tables: Pick<ComparedTable, 'schema' | 'table' | 'examples'>[],
  differing: number,
): { examples: PreviewExample[]; examplesCut: boolean } {
  const examples: PreviewExample[] = []
  const deepest = Math.max(0, ...tables.map((table) => table.examples.length))
  for (let index = 0; index < deepest && examples.length < examplesAtMost; index++) {
    for (const table of tables) {
      const example = table.examples[index]
      if (example && examples.length < examplesAtMost) examples.push({ schema: table.schema, table: table.table, ...example })
    }
  }
  return { examples, examplesCut: differing > examples.length }
}

function noticesOf(comparison: Comparison, way: Proposed, limitMs: number): PreviewNotice[] {
  const { writePauseMs, offlineMs } = comparison.estimate
  const dangling = comparison.edges.reduce((sum, edge) => sum + edge.rows, 0)
  const notices: PreviewNotice[] = []
  if (way.way === 'swap') {
    notices.push(
      { code: 'swap_proposed', facts: { because: way.because } },
      { code: 'offline', facts: { ms: Math.ceil(offlineMs) } },
    )
  } else {
    const code = writePauseMs > limitMs ? 'pause_above_limit' : 'write_pause'
    notices.push({ code, facts: { ms: Math.ceil(writePauseMs), limitMs } })
  }
  const { files } = comparison
  if (typeof files === 'object' && rowsOf(files) > 0) notices.push({ code: 'files_exchange', facts: {} })
  if (dangling > 0) notices.push({ code: 'edges', facts: { rows: dangling } })
  return [
    ...notices,
    ...around(comparison.notices),
    ...comparison.notes.map((words) => ({ code: 'adapter_note' as const, facts: { words } })),
  ]
}

/** What is there several times (triggers, prepared views) is told once, with all its names. */
function around(found: Comparison['notices']): PreviewNotice[] {
  return [...Map.groupBy(found, ({ code }) => code)].map(([code, all]) => ({
    code,
    facts: { names: [...new Set(all.flatMap(({ facts }) => facts.name ?? facts.table ?? []).map(String))].sort() },
  }))
}

function sumBy(rows: (Tally & { key: string })[]): (Tally & { key: string })[] {
  const sums = new Map<string, Tally & { key: string }>()
  for (const { key, missing, newer, changed } of rows) {
    const sum = sums.get(key) ?? { key, missing: 0, newer: 0, changed: 0 }
    sums.set(key, { key, missing: sum.missing + missing, newer: sum.newer + newer, changed: sum.changed + changed })
  }
  return [...sums.values()]
}

function rowsOf(tally: Tally): number {
  return tally.missing + tally.newer + tally.changed
}
