import type { ProtectedData, TableWords } from '#db/schema/index.ts'
import type { Comparison } from './port.ts'
import type { KeptReport } from './preview-report.ts'
import { tableName } from './table-name.ts'

/** Told to people by kind, in the order of the configuration: what stays as it is today (S63–S70). Empty where the scope reaches nothing of it. */
export function keptReport(
  kept: NonNullable<Comparison['kept']>,
  { tables, columns }: ProtectedData,
  words: TableWords[],
): KeptReport {
  const byKind = new Map<KeptReport[number]['kind'], KeptReport[number]>()
  const parts = [
    ...tables.map((part, index) => ({ ...part, kept: kept.tables[index] ?? null })),
    ...columns.map((part, index) => ({ ...part, kept: kept.columns[index] ?? null })),
  ]
  for (const { kind, schema, table, kept: part } of parts) {
    if (part === null) continue
    const before = byKind.get(kind) ?? { kind, names: [], rows: 0 }
    const name = tableName(words, { schema, table })
    const names = before.names.some(({ en }) => en === name.en) ? before.names : [...before.names, name]
    byKind.set(kind, { kind, names, rows: before.rows === null || part.rows === null ? null : before.rows + part.rows })
  }
  if (byKind.size === 0) return []
  return [...byKind.values(), { kind: 'numbers', names: [], rows: kept.sequences }]
}
