import type { TableWords } from '#db/schema/index.ts'

/** What people call a table: as the portal's settings have it, else its own name made readable. */
export function tableName(words: TableWords[], { schema, table }: { schema: string; table: string }): { en: string; pl: string } {
  const told = words.find((word) => word.schema === schema && word.table === table)?.name
  return told ?? { en: readableName(table), pl: readableName(table) }
}

/** What people call a column: as the portal's settings have it, else its own name. */
export function columnName(
  words: TableWords[],
  { schema, table }: { schema: string; table: string },
  column: string,
): { en: string; pl: string } {
  const told = words.find((word) => word.schema === schema && word.table === table)
  return told?.columnNames?.[column] ?? { en: column, pl: column }
}

/** `crm_order_details` → `Crm order details`: a name nobody gave is at least spelt like one. */
function readableName(table: string): string {
  const words = table.replaceAll('_', ' ').trim()
  return words.charAt(0).toUpperCase() + words.slice(1)
}
