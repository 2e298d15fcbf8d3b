/** Values as COPY writes them in its text format, a line a row. */

/** NULL is null. */
export function fieldValue(field: string | undefined): string | null {
  if (field === undefined || field === '\\N') return null
  return field.includes('\\') ? field.replaceAll(/\\([bfnrtv\\])/g, (_, letter: string) => controls[letter] ?? letter) : field
}

const controls: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' }

/** As PostgreSQL writes `ROW(…)::text` of these values. */
export function rowText(values: readonly (string | null)[]): string {
  return `(${values.map(memberText).join(',')})`
}

function memberText(value: string | null): string {
  if (value === null) return ''
  return value === '' || /["\\(), \t\n\v\f\r]/.test(value) ? `"${value.replaceAll(/["\\]/g, '$&$&')}"` : value
}

export type CopyHeader = { schema: string; name: string; columns: string[] }

/** Of a line that begins a table's rows in what pg_restore writes. Null: it says something else, or goes on in the next line, as a name may. */
export function readHeader(line: string): CopyHeader | null {
  const told = /^COPY (?<table>.*?)(?: \((?<columns>.*)\))? ? FROM stdin;$/s.exec(line)?.groups
  if (!told) return null
  const [schema, name, ...more] = namesIn(told.table ?? '', '.') ?? []
  const columns = namesIn(told.columns ?? '', ', ')
  return schema !== undefined && name !== undefined && more.length === 0 && columns ? { schema, name, columns } : null
}

/** Null: the names are not whole. */
function namesIn(text: string, between: string): string[] | null {
  const names: string[] = []
  for (let at = 0; at < text.length; at += between.length) {
    const [found] = oneName.exec(text.slice(at)) ?? []
    if (found === undefined) return null
    names.push(found.startsWith('"') ? found.slice(1, -1).replaceAll('""', '"') : found)
    at += found.length
    if (at < text.length && !text.startsWith(between, at)) return null
  }
  return names
}

const oneName = /^(?:"(?:[^"]|"")+"|[^",.()\s]+)/
