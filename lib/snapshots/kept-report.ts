import type { ProtectedData, TableWords } from '#db/schema/index.ts'
import type { Comparison } from './port.ts'
import type { KeptReport } from './preview-report.ts'
import { tableName } from './table-name.ts'

type Told = KeptReport[number] & { links: { cleared: number; kept: number } }

/** Told to people by kind, in the order of the configuration: what stays as it is today (S63–S70), and who stays away (S66). Empty where the scope reaches nothing of it. */
export function keptReport(
  { kept, edges }: { kept: NonNullable<Comparison['kept']>; edges: Comparison['edges'] },
  { tables, columns }: ProtectedData,
  words: TableWords[],
): KeptReport {
  const byKind = new Map<KeptReport[number]['kind'], Told>()
  const parts = [
    ...tables.map((part, index) => ({ ...part, columns: null, kept: kept.tables[index] ?? null })),
    ...columns.map((part, index) => ({ ...part, columns: Object.keys(part.columns), kept: kept.columns[index] ?? null })),
  ]
  for (const { kind, schema, table, columns: named, kept: part } of parts) {
    if (part === null) continue
    const before: Told = byKind.get(kind) ?? { kind, names: [], rows: 0, links: { cleared: 0, kept: 0 } }
    const dangling = edges.filter(
      ({ fromTable, keptBy }) =>
        keptBy !== undefined &&
        fromTable === `${schema}.${table}` &&
        (named === null || keptBy.some((one) => named.includes(one))),
    )
    const links = (handling: 'null' | 'keep') =>
      dangling.reduce((sum, edge) => (edge.handling === handling ? sum + edge.rows : sum), 0)
    const name = tableName(words, { schema, table })
    const names = before.names.some(({ en }) => en === name.en) ? before.names : [...before.names, name]
    byKind.set(kind, {
      kind,
      names,
      rows: before.rows === null || part.rows === null ? null : before.rows + part.rows,
      links: { cleared: before.links.cleared + links('null'), kept: before.links.kept + links('keep') },
    })
  }
  const { records = 0, fallen = 0 } = kept.erased ?? {}
  const erased: KeptReport = records === 0 ? [] : [{ kind: 'erased', names: [], rows: records, fallen }]
  if (byKind.size === 0) return erased
  return [...byKind.values(), ...erased, { kind: 'numbers', names: [], rows: kept.sequences }]
}
