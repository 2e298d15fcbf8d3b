import { nameKey } from '#lib/difference/names.ts'
import { names, type Scope } from '#lib/difference/scope.ts'
import type { Found, SearchRequest, TableColumns } from '../../port.ts'
import { withheldColumns } from '../../withheld-columns.ts'
import { scopeOf } from './sides.ts'
import type { TableShape } from './table-shapes.ts'

/** A table whose records are looked for, wherever they are kept. */
export type Chosen = {
  shape: TableShape
  /** The columns that the words are looked for in. */
  text: string[]
  inCrm: boolean
}
type LeftOut = Found['leftOut'][number]

/** Whatever somebody may type, it is not to be tried against these, nor against what the portal's settings withhold. */
const secret = /passw|passwd|secret|token|hash|salt|api_?key|otp/i

/** Tables of the scope that hold text and records that can be told apart, the likeliest first; and those that do not take part, with why. */
export function chooseTables(
  shapes: readonly TableShape[],
  { portal, scope, columns }: Pick<SearchRequest, 'portal' | 'scope' | 'columns'>,
): { chosen: Chosen[]; leftOut: LeftOut[]; within: TableShape[] } {
  const within = ofScope(shapes, scopeOf(portal, scope))
  const crm = new Set(ofScope(shapes, scopeOf(portal, 'crm')).map(nameKey))
  const isCovered = coveredByParents(within)
  const withheld = withheldColumns(shapes, portal.withheld)
  const chosen: Chosen[] = []
  const leftOut: LeftOut[] = []
  for (const shape of within) {
    const hidden = withheld(shape)
    const text = shape.columns.flatMap(({ name, isText }) => (isText && !secret.test(name) && !hidden.has(name) ? name : []))
    if (text.length === 0 || isCovered(shape)) continue
    const why = shape.kind === 'f' || shape.persistence !== 'p' ? 'not_kept' : shape.key.length === 0 ? 'no_key' : null
    if (why !== null) leftOut.push({ schema: shape.schema, table: shape.name, why })
    else chosen.push({ shape, text, inCrm: crm.has(nameKey(shape)) })
  }
  return { chosen: chosen.sort(byLikelihood(columns)), leftOut, within }
}

/** With descendants, without what is protected: as `readCatalogue` reads a scope. */
function ofScope(shapes: readonly TableShape[], scope: Scope): TableShape[] {
  const reached = withDescendants(shapes, (shape) => names(scope, shape))
  const kept = new Set((scope.protection?.tables ?? []).map(nameKey))
  const isProtected = withDescendants(shapes, (shape) => kept.has(nameKey(shape)))
  return shapes.filter((shape) => reached.has(nameKey(shape)) && !isProtected.has(nameKey(shape)))
}

function withDescendants(shapes: readonly TableShape[], isFirst: (shape: TableShape) => boolean): Set<string> {
  const taken = new Set(shapes.filter(isFirst).map(nameKey))
  for (let before = -1; before !== taken.size; ) {
    before = taken.size
    for (const shape of shapes) if (shape.parents.some((parent) => taken.has(nameKey(parent)))) taken.add(nameKey(shape))
  }
  return taken
}

function byLikelihood(columns: TableColumns[]): (one: Chosen, other: Chosen) => number {
  const place = ({ shape }: Chosen) => {
    const at = columns.findIndex((entry) => entry.schema === shape.schema && entry.table === shape.name)
    return at < 0 ? columns.length : at
  }
  return (one, other) => place(one) - place(other)
}

/**
 * Whether a table's records are read elsewhere: a partition's through the partitioned table, if that is of the scope and leads nowhere but
 * to kept tables; those of a partitioned table that leads elsewhere through its partitions.
 */
function coveredByParents(shapes: readonly TableShape[]): (shape: TableShape) => boolean {
  const parentOf = partitionedBy(shapes)
  const strays = new Set<TableShape>()
  for (const shape of shapes) {
    if (shape.kind === 'p' || (shape.kind === 'r' && shape.persistence === 'p')) continue
    for (let at = parentOf(shape); at !== undefined; at = parentOf(at)) strays.add(at)
  }
  return (shape) => {
    if (strays.has(shape)) return true
    const parent = parentOf(shape)
    return parent !== undefined && !strays.has(parent)
  }
}

/** The partitioned table, if it is among these, that a partition belongs to. */
export function partitionedBy(shapes: readonly TableShape[]): (shape: TableShape) => TableShape | undefined {
  const byName = new Map(shapes.map((shape) => [nameKey(shape), shape]))
  return ({ isPartition, parents: [parent] }) => (isPartition && parent ? byName.get(nameKey(parent)) : undefined)
}
