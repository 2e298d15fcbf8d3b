import { type Catalogue, rowTables } from './catalogue.ts'
import { quoteName, shown, type TableName } from './names.ts'
import { rows, type Side } from './side.ts'

/**
 * A foreign key that crosses the scope's edge in one direction. Inside the scope all becomes as the snapshot was, its own orphans
 * included; only here can a restore leave rows pointing at nothing (S71).
 */
export type Edge = {
  /** `schema.table.constraint`. */
  readonly edge: string
  readonly constraint: string
  readonly direction: 'inward' | 'outward'
  readonly from: TableName
  readonly to: TableName
  readonly columns: readonly EdgeColumn[]
  /** The referencing columns that nulling would null; empty where it cannot be done. */
  readonly nulled: readonly EdgeColumn[]
  /** Tables with rows on the referencing side: those of the scope (outward), those outside (inward). */
  readonly fromTables: readonly EdgeTable[]
  /** Tables with rows on the referenced side that lie in the scope. */
  readonly toTables: readonly EdgeTable[]
  readonly isPeriod: boolean
  /** What points at a deleted row goes with it. */
  readonly cascades: boolean
  /** Its dangling references are nulled whatever the portal's settings say, and refused where they cannot be: an erased record is no matter of choice (S66). */
  readonly alwaysNulled?: true
}

export type EdgeTable = TableName & { readonly oid: number }

export type EdgeColumn = {
  /** Their own names; `from` and `to` are quoted for SQL. */
  readonly name: string
  readonly toName: string
  readonly from: string
  readonly to: string
  /** The referenced column's type, in which a key's text is read back, and the referencing one's. */
  readonly type: string
  readonly fromType: string
  /** `referenced = referencing` and `referenced = referenced`, as `OPERATOR(schema.=)`. */
  readonly crossEquals: string
  readonly ownEquals: string
  readonly notNull: boolean
}

export async function readEdges(side: Side, catalogue: Catalogue): Promise<Edge[]> {
  const scope = new Set(rowTables(catalogue).map((table) => table.oid))
  const found = await readRecords(side, catalogue)
  return found.flatMap((record) => {
    const inside = (table: EdgeTable) => scope.has(table.oid)
    const outside = (table: EdgeTable) => !scope.has(table.oid)
    const edges: Edge[] = []
    if (record.fromTables.some(outside) && record.toTables.some(inside))
      edges.push(toEdge(record, 'inward', record.fromTables.filter(outside), record.toTables.filter(inside)))
    if (record.fromTables.some(inside) && record.toTables.some(outside))
      edges.push(toEdge(record, 'outward', record.fromTables.filter(inside), record.toTables.filter(inside)))
    return edges
  })
}

/** Every foreign key that touches a table of the catalogue, whichever way and wherever its other end lies; its tables are all those that hold rows. */
export async function readForeignKeys(side: Side, catalogue: Catalogue): Promise<Edge[]> {
  const found = await readRecords(side, catalogue)
  return found.map((record) => toEdge(record, 'inward', record.fromTables, record.toTables))
}

/**
 * The foreign keys of protected columns into tables of the catalogue. Both ends lie in the scope, so none of them is an edge; yet what such a column holds
 * stays as it is while what it points at may go. It is never nulled: then it would not be kept.
 */
export async function readKeptKeys(side: Side, catalogue: Catalogue): Promise<Edge[]> {
  const scope = new Map(rowTables(catalogue).map((table) => [table.oid, table]))
  if ([...scope.values()].every((table) => table.protected.length === 0)) return []
  return (await readForeignKeys(side, catalogue)).flatMap((key) => {
    const keeps = ({ oid }: EdgeTable) =>
      scope.get(oid)?.protected.some(({ name }) => key.columns.some((column) => column.name === name)) ?? false
    const fromTables = key.fromTables.filter(keeps)
    const toTables = key.toTables.filter(({ oid }) => scope.has(oid))
    return fromTables.length === 0 || toTables.length === 0 ? [] : [{ ...key, fromTables, toTables, nulled: [] }]
  })
}

function readRecords(side: Side, catalogue: Catalogue): Promise<EdgeRecord[]> {
  return rows<EdgeRecord>(side, edgesSql(side.versionNum), [rowTables(catalogue).map((table) => table.oid)])
}

type EdgeRecord = {
  constraint: string
  from: TableName
  to: TableName
  fromTables: EdgeTable[]
  toTables: EdgeTable[]
  columns: {
    from: string
    to: string
    type: string
    fromType: string
    cross: string
    own: string
    notNull: boolean
    setNull: boolean | null
  }[]
  matchFull: boolean
  period: boolean
  cascades: boolean
}

function toEdge(record: EdgeRecord, direction: Edge['direction'], fromTables: EdgeTable[], toTables: EdgeTable[]): Edge {
  const columns = record.columns.map((column) => ({
    name: column.from,
    toName: column.to,
    from: quoteName(column.from),
    to: quoteName(column.to),
    type: column.type,
    fromType: column.fromType,
    crossEquals: column.cross,
    ownEquals: column.own,
    notNull: column.notNull,
    setNull: column.setNull,
  }))
  // ON DELETE SET NULL may name the columns it nulls; else one null is enough, save for MATCH FULL, which wants all or none.
  const named = columns.filter((column) => column.setNull === true)
  const wanted = named.length > 0 ? named : columns
  const nullable = wanted.filter((column) => !column.notNull)
  return {
    edge: `${shown(record.from)}.${record.constraint}`,
    constraint: record.constraint,
    direction,
    from: record.from,
    to: record.to,
    columns,
    nulled: record.matchFull && nullable.length < columns.length ? [] : nullable,
    fromTables,
    toTables,
    isPeriod: record.period,
    cascades: record.cascades,
  }
}

function edgesSql(versionNum: number): string {
  const period = versionNum >= 180000 ? 'k.conperiod' : 'false'
  const enforced = versionNum >= 180000 ? 'k.conenforced' : 'true'
  const named = (oid: string) =>
    `(SELECT json_build_object('schema', n.nspname, 'name', c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = ${oid})`
  const holders = (oid: string) =>
    `(SELECT json_agg(json_build_object('oid', c.oid::int8, 'schema', n.nspname, 'name', c.relname) ORDER BY c.oid)
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'f') AND (c.oid = ${oid} OR c.oid IN (SELECT relid FROM pg_partition_tree(${oid}))))`
  const operator = (list: string) =>
    `(SELECT 'OPERATOR(' || quote_ident(n.nspname) || '.' || o.oprname || ')' FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace WHERE o.oid = ${list}[i])`
  return `SELECT * FROM (
    SELECT k.conname AS "constraint", ${named('k.conrelid')} AS "from", ${named('k.confrelid')} AS "to",
      coalesce(${holders('k.conrelid')}, '[]') AS "fromTables", coalesce(${holders('k.confrelid')}, '[]') AS "toTables",
      k.confmatchtype = 'f' AS "matchFull", ${period} AS period, k.confdeltype = 'c' AS cascades,
      (SELECT json_agg(json_build_object('from', a.attname, 'to', b.attname, 'type', format_type(b.atttypid, -1), 'fromType', format_type(a.atttypid, -1), 'notNull', a.attnotnull,
          'setNull', k.confdelsetcols IS NOT NULL AND k.confdeltype = 'n' AND a.attnum = ANY (k.confdelsetcols),
          'cross', ${operator('k.conpfeqop')}, 'own', ${operator('k.conppeqop')}) ORDER BY i)
        FROM generate_subscripts(k.conkey, 1) AS i
        JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[i]
        JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = k.confkey[i]) AS columns,
      k.conrelid, k.confrelid
    FROM pg_constraint k WHERE k.contype = 'f' AND k.conparentid = 0 AND ${enforced}) AS keys
  WHERE EXISTS (SELECT FROM json_array_elements("fromTables") AS t WHERE (t->>'oid')::oid = ANY ($1::oid[]))
     OR EXISTS (SELECT FROM json_array_elements("toTables") AS t WHERE (t->>'oid')::oid = ANY ($1::oid[]))
  ORDER BY conrelid, "constraint"`
}
