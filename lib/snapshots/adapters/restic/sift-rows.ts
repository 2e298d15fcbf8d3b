import { createHash } from 'node:crypto'
import { nameKey } from '#lib/difference/names.ts'
import type { SearchRequest } from '../../port.ts'
import { type Chosen, type chooseTables, partitionedBy } from '../postgres/search-choice.ts'
import type { Hit, Keyed } from '../postgres/search-ledger.ts'
import { hitsAtMost } from '../postgres/search-rows.ts'
import { longestInCopy, wordExpressions } from '../postgres/word-patterns.ts'
import type { Decode, RowsTaker } from './copy-stream.ts'
import { type CopyHeader, fieldValue, rowText } from './copy-text.ts'
import { type KnownKeys, knownKeys } from './known-keys.ts'
import { RepositoryProblem } from './problem.ts'
import { type Text, textOf } from './text-encoding.ts'

/** What was seen of one table while its archive flowed by. */
type SiftedTable = Keyed & {
  hits: Hit[]
  /** Null: there are more of them than may be kept, so nobody can be asked for. */
  keys: KnownKeys | null
  /** Whether all of it was read: no line was too long, no letter unknown. */
  isWhole: boolean
}

export type Sifted = ReadonlyMap<string, SiftedTable>

export type Sieve = {
  tables: Sifted
  open: (header: CopyHeader) => RowsTaker | null
  encoding: (name: string) => Decode
}

/** How many keys one search may still keep, over all its archives. */
export type KeyBudget = { left: number }

/** Looks at each row of the tables that take part as it flows by: its key is kept, and the row too where the words are in its text. */
export function makeSieve(
  choice: ReturnType<typeof chooseTables>,
  request: Pick<SearchRequest, 'words' | 'columns'>,
  budget: KeyBudget,
): Sieve {
  const shapeOf = readBy(choice)
  const tables = new Map<string, SiftedTable>()
  for (const { shape, inCrm } of choice.chosen) {
    const key = shape.columns.filter(({ name }) => shape.key.includes(name))
    tables.set(nameKey(shape), { table: shape, key, inCrm, hits: [], keys: knownKeys(), isWhole: true })
  }
  let text = readable('UTF8')
  return {
    tables,
    encoding: (name) => {
      text = readable(name)
      return text.decode
    },
    open: (header) => {
      const chosen = shapeOf(header)
      const table = chosen && tables.get(nameKey(chosen.shape))
      return chosen && table ? takeRows(header, chosen, table, request, text, budget) : null
    },
  }
}

/** The rows of a partition belong to the topmost partitioned table that takes part. */
function readBy({ chosen, within }: ReturnType<typeof chooseTables>): (header: CopyHeader) => Chosen | undefined {
  const parentOf = partitionedBy(within)
  const byShape = new Map(within.map((shape) => [nameKey(shape), shape]))
  const taking = new Map(chosen.map((one) => [nameKey(one.shape), one]))
  return (header) => {
    for (let shape = byShape.get(nameKey(header)); shape; shape = parentOf(shape)) {
      const found = taking.get(nameKey(shape))
      if (found) return found
    }
    return undefined
  }
}

function readable(encoding: string): Text {
  const text = textOf(encoding)
  if (!text) throw new RepositoryProblem('encoding', `its text is in ${encoding}, which cannot be read here`)
  return text
}

function takeRows(
  { columns }: CopyHeader,
  chosen: Chosen,
  table: SiftedTable,
  request: Pick<SearchRequest, 'words' | 'columns'>,
  text: Text,
  budget: KeyBudget,
): RowsTaker {
  const read = rowReader(columns, chosen, request, text)
  const maybe = longestInCopy(request.words)
  const expressions = wordExpressions(request.words)
  const consider = (line: string): void => {
    if (table.hits.length > hitsAtMost) return
    const fields = line.split('\t')
    const words = read.words(fields)
    if (expressions.every((expression) => expression.test(words))) table.hits.push(read.hit(fields))
  }
  return {
    take: (bytes) => {
      const lines = text.decode(bytes)
      if (!text.isExact && lines.includes('\ufffd')) table.isWhole = false
      let next = nextMatch(maybe, lines, 0)
      for (let at = 0; at < lines.length; ) {
        const end = lines.indexOf('\n', at)
        if (table.keys) {
          table.keys.add(read.key(lines, at, end))
          budget.left -= 1
        }
        if (next < end) {
          consider(lines.slice(at, end))
          next = nextMatch(maybe, lines, end)
        }
        at = end + 1
      }
      if (budget.left < 0 && table.keys) {
        budget.left += table.keys.size()
        table.keys = null
      }
    },
    tooLong: () => {
      table.isWhole = false
    },
  }
}

/** Where `maybe` is found next; without it, or when it is nowhere, behind all lines. */
function nextMatch(maybe: RegExp | null, lines: string, from: number): number {
  if (maybe === null) return lines.length
  maybe.lastIndex = from
  return maybe.exec(lines)?.index ?? lines.length
}

type RowReader = {
  key: (lines: string, from: number, end: number) => string
  words: (fields: readonly string[]) => string
  hit: (fields: readonly string[]) => Hit
}

/** Where in a line of these columns is what a search wants of it. Throws where the table has a key that its lines do not hold. */
function rowReader(
  columns: string[],
  { shape, text }: Chosen,
  { columns: told }: Pick<SearchRequest, 'columns'>,
  { isSummable }: Text,
): RowReader {
  const place = (name: string | undefined) => (name === undefined ? -1 : columns.indexOf(name))
  const keys = shape.columns.flatMap(({ name, padded }) => (shape.key.includes(name) ? [{ at: place(name), padded }] : []))
  if (keys.some(({ at }) => at < 0)) throw new Error(`${shape.schema}.${shape.name} was kept without its key`)
  const lastOfKey = Math.max(...keys.map(({ at }) => at))
  const textPlaces = text.map(place)
  const dataPlaces = shape.columns.map(({ name }) => place(name))
  const used = told.find((entry) => entry.schema === shape.schema && entry.table === shape.name)
  const shown = (fields: readonly string[], name: string | undefined) => shortened(fieldValue(fields[place(name)]))
  const keyOf = (fields: readonly string[]) =>
    keys.map(({ at, padded }) => {
      const value = fieldValue(fields[at]) ?? ''
      return padded ? value.replace(/ +$/, '') : value
    })
  return {
    key: (lines, from, end) => keyOf(firstFields(lines, from, end, lastOfKey, columns.length)).join('\0'),
    words: (fields) => textPlaces.flatMap((at) => fieldValue(fields[at]) ?? []).join('\n'),
    hit: (fields) => ({
      key: keyOf(fields),
      title: shown(fields, used?.titleColumn),
      who: shown(fields, used?.whoColumn),
      when: shown(fields, used?.whenColumn),
      bin: null,
      mark: shape.textStands && isSummable ? markOf(dataPlaces.map((at) => fieldValue(fields[at]))) : null,
    }),
  }
}

/** The line's fields up to the one at `last`. */
function firstFields(lines: string, from: number, end: number, last: number, columns: number): string[] {
  const fields: string[] = []
  for (let at = from; fields.length <= last; ) {
    // Behind the last field there is no tab to look for.
    const stop = fields.length === columns - 1 ? end : lines.indexOf('\t', at)
    fields.push(lines.slice(at, stop))
    at = stop + 1
  }
  return fields
}

/** As the server sums a row; a letter that could not be read makes a sum that says nothing. */
function markOf(values: readonly (string | null)[]): string | null {
  const row = rowText(values)
  return row.includes('\ufffd') ? null : createHash('sha256').update(row).digest('hex')
}

const shortened = (value: string | null): string | null => (value === null ? null : [...value].slice(0, 300).join(''))
