import { byName, type Catalogue, readCatalogue, rowTables, type Table } from './catalogue.ts'
import { pairByKey } from './compare/pair-by-key.ts'
import { onBoth } from './compare/row-difference.ts'
import { within } from './compare/time-limit.ts'
import type { Ways } from './compare/ways.ts'
import { type CompareOptions, openWaysBetween } from './compare.ts'
import { findDrift, type Pair } from './drift.ts'
import { nameKey, type TableName } from './names.ts'
import { nothingProtected, type ProtectedColumns, type Protection } from './protection.ts'
import type { Scope } from './scope.ts'
import { atOneMoment, type Side } from './side.ts'

/** Rows that the snapshot has otherwise than live, and that stay as live has them; null where they cannot be told: the table is not the same any more, or could not be compared in time (S38). */
export type Kept = { readonly rows: number | null }

/** In the order of the protection's own lists; null for what lies outside the scope and would stay in any case. */
export type KeptParts = { readonly tables: readonly (Kept | null)[]; readonly columns: readonly (Kept | null)[] }

/**
 * What a restore would roll back if it were not protected (S63–S69). Of a protected table every row counts that is missing, newer or changed; of protected
 * columns the rows that both sides hold with other values in them.
 */
export async function compareKept(live: Side, snapshot: Side, scope: Scope, options: CompareOptions = {}): Promise<KeptParts> {
  const { tables, columns } = scope.protection ?? nothingProtected
  const deadline = options.sampling ? performance.now() + options.sampling.timeLimitMs : null
  return atOneMoment([live, snapshot], async () => {
    const reached = new Set((await readCatalogue(live, { ...scope, protection: undefined })).tables.map(nameKey))
    const all = { kind: 'tables', patterns: partsOf({ tables, columns }).map(({ table }) => patternOf(table)) } as const
    const [here, there] = await onBoth(readCatalogue(live, all), readCatalogue(snapshot, all))
    const ways = await openWaysBetween(live, snapshot, { drift: findDrift(here, there).drift, types: here.types }, options)
    const count = async (part: ProtectedPart): Promise<Kept | null> => {
      options.signal?.throwIfAborted()
      return reached.has(nameKey(part.table)) ? { rows: await countRows(live, snapshot, ways, part, deadline) } : null
    }
    const counted: { tables: (Kept | null)[]; columns: (Kept | null)[] } = { tables: [], columns: [] }
    for (const table of tables) counted.tables.push(await count({ table, columns: null }))
    for (const part of columns) counted.columns.push(await count(part))
    return counted
  })
}

/** A protected table, whole or some columns of it. */
export type ProtectedPart = { readonly table: TableName; readonly columns: ProtectedColumns['columns'] | null }

/** Every part of it, tables first, each in the order of its list. */
function partsOf({ tables, columns }: Protection): ProtectedPart[] {
  return [...tables.map((table) => ({ table, columns: null })), ...columns]
}

/** What could not be carried into a copy of the snapshot that takes live's place: not the same any more, or not kept in ordinary tables. */
export async function findUncarriable(live: Side, snapshot: Side, protection: Protection): Promise<TableName[]> {
  const moved = new Map<string, TableName>()
  for (const part of partsOf(protection))
    if ((await pairPart(live, snapshot, part)) === null) moved.set(nameKey(part.table), part.table)
  return [...moved.values()]
}

/** The part's table with its partitions and children on both sides; null where it is no longer the same and could not be told or carried row by row. */
export async function pairPart(
  live: Side,
  snapshot: Side,
  part: ProtectedPart,
): Promise<{ pairs: Pair[]; here: Catalogue; there: Catalogue } | null> {
  const { table, columns } = part
  const scope = { kind: 'tables', patterns: [patternOf(table)], ...protecting(table, columns) } as const
  const [here, there] = await onBoth(readCatalogue(live, scope), readCatalogue(snapshot, scope))
  const pairs = columns === null ? samePairs(here, there) : narrowPairs(here, there)
  return pairs && { pairs, here, there }
}

function protecting(table: TableName, columns: ProtectedPart['columns']): Pick<Scope, 'protection'> {
  return columns === null ? {} : { protection: { tables: [], columns: [{ table, columns }] } }
}

function samePairs(here: Catalogue, there: Catalogue): Pair[] | null {
  const { drift, pairs } = findDrift(here, there)
  const holdsRows = pairs.filter(({ live }) => live.kind !== 'p')
  return drift.length > 0 || holdsRows.some(({ live }) => !isOrdinary(live)) ? null : holdsRows
}

function isOrdinary({ kind, persistence, loudRules }: Table): boolean {
  return kind === 'r' && persistence === 'p' && loudRules.length === 0
}

// Other columns may have come or gone; key and protected columns must be there, of the same types.
function narrowPairs(here: Catalogue, there: Catalogue): Pair[] | null {
  const others = byName(there)
  const pairs: Pair[] = []
  for (const table of rowTables(here)) {
    const other = others.get(nameKey(table))
    if (other === undefined || other.key.join() !== table.key.join()) return null
    const [live, snapshot] = [narrowed(table), narrowed(other)]
    const same = live.compared.every((column) =>
      snapshot.compared.some(({ name, type }) => name === column.name && type === column.type),
    )
    if (!same || live.compared.length !== snapshot.compared.length) return null
    pairs.push({ live, snapshot })
  }
  return pairs
}

/** The table as its key and protected columns alone: what is otherwise compared is left out. */
function narrowed(table: Table): Table {
  const shown = new Set([...table.key, ...table.protected.map(({ name }) => name)])
  return { ...table, compared: table.data.filter(({ name }) => shown.has(name)) }
}

async function countRows(
  live: Side,
  snapshot: Side,
  ways: Ways,
  part: ProtectedPart,
  deadline: number | null,
): Promise<number | null> {
  const paired = await pairPart(live, snapshot, part)
  if (paired === null) return null
  let rows = 0
  for (const pair of paired.pairs) {
    const compare = async () => pairByKey(live, snapshot, pair, await ways.compare(pair))
    const found = deadline === null ? await compare() : await within([live, snapshot], deadline, compare)
    if (found === null) return null
    const { missing, newer, changed } = found
    rows += part.columns === null ? missing.length + newer.length + changed.length : changed.length
  }
  return rows
}

export const patternOf = ({ schema, name }: TableName) => ({ schema, table: name })
