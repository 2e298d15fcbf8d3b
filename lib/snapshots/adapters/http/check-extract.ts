import { readCatalogue } from '#lib/difference/catalogue.ts'
import { nameKey, shown, type TableName } from '#lib/difference/names.ts'
import { names } from '#lib/difference/scope.ts'
import type { ExtractRequest, PortalRef } from '../../port.ts'
import { scopeOf, withSides } from '../postgres/sides.ts'
import { readWithheld, type WithheldHere } from '../postgres/withheld.ts'
import { RemoteProblem } from './problem.ts'
import type { ToldExtract } from './protocol.ts'

/**
 * Refuses tables and columns that were not asked for, or that are withheld: by the portal's own structure where it has them, by their names where only the
 * snapshot does. What the remote was told to leave out is looked for all the same.
 */
export async function mustBeAskedFor(request: ExtractRequest, told: ToldExtract): Promise<void> {
  const tables = told.tables.map(({ schema, table: name }) => ({ schema, name }))
  mustBeDistinct(tables.map(shown), 'tells twice of')
  const known = await readKnown(request, tables)
  for (const [at, table] of tables.entries()) {
    if (!known.isAsked(table)) throw new RemoteProblem(`it hands out ${shown(table)}, which was not asked for`)
    if (known.isWithheld(table)) throw new RemoteProblem(`it hands out ${shown(table)}, which is withheld`)
    const { columns = [], withheld = [] } = told.tables[at] ?? {}
    const ofTable = columns.map(({ name }) => name)
    mustBeDistinct([...ofTable, ...withheld], `tells of ${shown(table)} twice the column`)
    const never = known.withheldColumns(table)
    const given = ofTable.find((name) => never.has(name))
    if (given !== undefined) throw new RemoteProblem(`it hands out ${shown(table)}.${given}, which is withheld`)
  }
  const named = new Set((request.portal.withheld?.tables ?? []).map(nameKey))
  const other = told.withheldTables.find((table) => !named.has(nameKey(table)))
  if (other) throw new RemoteProblem(`it says that ${shown(other)} is withheld, which nobody asked for`)
}

function mustBeDistinct(given: string[], words: string): void {
  const seen = new Set<string>()
  const twice = given.find((name) => seen.size === seen.add(name).size)
  if (twice !== undefined) throw new RemoteProblem(`it ${words} ${twice}`)
}

type Known = {
  isAsked: (table: TableName) => boolean
  isWithheld: (table: TableName) => boolean
  withheldColumns: (table: TableName) => ReadonlySet<string>
}

async function readKnown({ portal, what }: ExtractRequest, tables: TableName[]): Promise<Known> {
  const live = needsLive(portal, what.scope, tables) ? await readLive(portal, what.scope) : null
  const alone = what.kind === 'records' && !what.children ? what.records : null
  const { tables: withheld, columns } = portal.withheld ?? { tables: [], columns: [] }
  const isIn = (table: TableName) =>
    live?.has.has(nameKey(table)) ? live.within.has(nameKey(table)) : isNamed(portal, what.scope, table)
  return {
    isAsked: (table) =>
      isIn(table) && (alone?.some(({ schema, table: name }) => nameKey({ schema, name }) === nameKey(table)) ?? true),
    isWithheld: (table) => isAmong(withheld, table) || live?.withheld.holds(table) === true,
    withheldColumns: (table) =>
      new Set([
        ...columns.filter((one) => nameKey(one.table) === nameKey(table)).flatMap((one) => one.columns),
        ...(live?.withheld.columnsOf(table) ?? []),
      ]),
  }
}

/** A portal that is gone may still have its rows in a snapshot: it is read only where names alone do not tell. */
function needsLive(portal: PortalRef, scope: ExtractRequest['what']['scope'], tables: TableName[]): boolean {
  const { withheld, protection } = portal
  const parts = [withheld?.tables, withheld?.columns, protection?.tables]
  return parts.some((list) => list !== undefined && list.length > 0) || tables.some((table) => !isNamed(portal, scope, table))
}

function isNamed(portal: PortalRef, scope: ExtractRequest['what']['scope'], table: TableName): boolean {
  return names(scopeOf(portal, scope), table) && !isAmong(portal.protection?.tables ?? [], table)
}

const isAmong = (list: readonly TableName[], table: TableName) => list.some((one) => nameKey(one) === nameKey(table))

type Live = { has: ReadonlySet<string>; within: ReadonlySet<string>; withheld: WithheldHere }

function readLive(portal: PortalRef, scope: ExtractRequest['what']['scope']): Promise<Live> {
  return withSides(portal.adminUrl, [{ databaseName: portal.databaseName }], async (live) => {
    const all = await readCatalogue(live, { kind: 'all' })
    const within = await readCatalogue(live, scopeOf(portal, scope))
    const withheld = await readWithheld(live, portal, scope)
    return { has: new Set(all.tables.map(nameKey)), within: new Set(within.tables.map(nameKey)), withheld }
  })
}
