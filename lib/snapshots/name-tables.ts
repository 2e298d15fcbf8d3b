import type { TableWords } from '#db/schema/index.ts'
import { quoted } from '#lib/difference/names.ts'
import type { AdapterRefusal } from './port.ts'
import { tableName } from './table-name.ts'

/**
 * The refusal with the names by which people know the tables that its facts speak of, in both languages (`tablesEn`, `tablesPl`), for the sentences of
 * lib/domain/refusal-words. As it was where it speaks of none.
 */
export function withTableNames({ code, facts }: AdapterRefusal, words: TableWords[]): AdapterRefusal {
  const names = spokenOf({ code, facts }).map((text) => nameOf(text, words))
  if (names.length === 0) return { code, facts }
  const distinct = (locale: 'en' | 'pl') => [...new Set(names.map((name) => name[locale]))]
  return { code, facts: { ...facts, tablesEn: distinct('en'), tablesPl: distinct('pl') } }
}

/** `schema.table`, plain or quoted, as the engine writes them; `facts.name` is a table's only where the refusal is about tables. */
function spokenOf({ code, facts: { table, tables, name, edge } }: AdapterRefusal): string[] {
  const named = code === 'table_newer' || code === 'table_gone' || code === 'structure_moved' ? name : undefined
  const ofEdge = typeof edge === 'string' ? edge.slice(0, edge.lastIndexOf('.')) : undefined
  const several = typeof tables === 'object' && tables !== null ? tables : []
  return [table, named, ofEdge, ...several].filter((fact) => typeof fact === 'string')
}

function nameOf(text: string, words: TableWords[]): { en: string; pl: string } {
  const known = words.find(({ schema, table }) => [`${schema}.${table}`, quoted({ schema, name: table })].includes(text))
  return known ? tableName(words, known) : tableName(words, split(text))
}

/** A name with a dot in it is only told less well. */
function split(text: string): { schema: string; table: string } {
  const [, schema = '', table = ''] = /^"((?:[^"]|"")*)"\."((?:[^"]|"")*)"$/.exec(text) ??
    /^([^.]*)\.(.*)$/s.exec(text) ?? [text, '', text]
  return { schema, table: table.replaceAll('""', '"') }
}
