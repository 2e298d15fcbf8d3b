/** A table (or sequence, or type) by its own name, unquoted. */
export type TableName = { readonly schema: string; readonly name: string }

/** `"schema"."name"`, safe in SQL whatever the name holds (S100). */
export function quoted(table: TableName): string {
  return `${quoteName(table.schema)}.${quoteName(table.name)}`
}

export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A string literal that reads the same whatever `standard_conforming_strings` says. */
export function quoteText(text: string): string {
  const body = text.replaceAll("'", "''")
  return body.includes('\\') ? `E'${body.replaceAll('\\', '\\\\')}'` : `'${body}'`
}

/** One string for one table, for maps and sorting; NUL cannot occur in a name. */
export function nameKey(table: TableName): string {
  return `${table.schema}\0${table.name}`
}

/** `schema.name` for people and logs. */
export function shown(table: TableName): string {
  return `${table.schema}.${table.name}`
}
