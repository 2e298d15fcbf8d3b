import { nameKey, quoted, quoteName, type TableName } from './names.ts'
import { type ErasedRecords, nothingProtected, type Protection, type WhenBack } from './protection.ts'
import { type Scope, scopeCondition } from './scope.ts'
import { rows, type Side } from './side.ts'
import { readTypes, type TypeFacts } from './types.ts'

/** A table of the scope as one side's catalogue tells it. Rows live in `r` tables only: work on those, with ONLY. */
export type Table = {
  readonly oid: number
  readonly schema: string
  readonly name: string
  readonly quoted: string
  /** `r` ordinary, `p` partitioned, `f` foreign. */
  readonly kind: string
  /** `p` permanent, `u` unlogged. */
  readonly persistence: string
  readonly accessMethod: string | null
  readonly columns: readonly Column[]
  /** The columns that hold data: all but generated ones. */
  readonly data: readonly Column[]
  /** Of these, the ones that rows are compared by: all but protected ones. */
  readonly compared: readonly Column[]
  readonly protected: readonly ProtectedColumn[]
  /** Records of it that are erased (S66). */
  readonly erased: readonly ErasedRecords[]
  /** Primary key, else the first unique index over NOT NULL columns; empty where there is none. */
  readonly key: readonly string[]
  /** Triggers that fire even in replica role: ENABLE ALWAYS and REPLICA. */
  readonly loudTriggers: readonly LoudTrigger[]
  readonly loudRules: readonly string[]
  /** What decides whether a row of one side means the same on the other, one line each. */
  readonly structure: readonly string[]
}

export type Column = {
  readonly name: string
  readonly quoted: string
  readonly type: string
  readonly typeOid: number
  readonly generated: boolean
}

export type ProtectedColumn = Column & { readonly whenBack: WhenBack }

export type LoudTrigger = { readonly name: string; readonly mode: 'A' | 'R' }

export type Catalogue = { readonly tables: readonly Table[]; readonly types: ReadonlyMap<number, TypeFacts> }

/** Every table of the scope with its descendants, save the protected ones, in oid order, and every type their columns use. Temporary tables are nobody's data. */
export async function readCatalogue(side: Side, scope: Scope): Promise<Catalogue> {
  const condition = scopeCondition(scope)
  const protection = scope.protection ?? nothingProtected
  const first = condition.values.length + 1
  const found = await rows<TableRecord>(side, tablesSql(condition.sql, first), [
    ...condition.values,
    protection.tables.map(({ schema }) => schema),
    protection.tables.map(({ name }) => name),
  ])
  const tables = found.map((record) => toTable(record, protection))
  const types = await readTypes(
    side,
    tables.flatMap((table) => table.columns.map((column) => column.typeOid)),
  )
  return { tables, types }
}

/** Of every table of the scope, whatever its kind. */
export function tableOids(catalogue: Catalogue): number[] {
  return catalogue.tables.map((table) => table.oid)
}

/** The tables that hold rows and take part: ordinary, permanent ones. */
export function rowTables(catalogue: Catalogue): Table[] {
  return catalogue.tables.filter((table) => table.kind === 'r' && table.persistence === 'p')
}

export function byName(catalogue: Catalogue): Map<string, Table> {
  return new Map(catalogue.tables.map((table) => [nameKey(table), table]))
}

type ColumnRecord = { name: string; type: string; typeOid: number; generated: string }

type TableRecord = {
  oid: string
  schema: string
  name: string
  kind: string
  persistence: string
  am: string | null
  ancestors: TableName[] | null
  columns: ColumnRecord[] | null
  key: string[] | null
  triggers: LoudTrigger[] | null
  rules: string[] | null
  structure: string[]
}

function toTable(record: TableRecord, protection: Protection): Table {
  const columns = (record.columns ?? []).map(toColumn)
  const data = columns.filter((column) => !column.generated)
  const family = new Set([nameKey(record), ...(record.ancestors ?? []).map(nameKey)])
  const named = protection.columns.filter(({ table }) => family.has(nameKey(table))).flatMap((one) => one.columns)
  const kept = data.flatMap((column) => {
    const whenBack = named.find(({ name }) => name === column.name)?.whenBack
    return whenBack === undefined ? [] : [{ ...column, whenBack }]
  })
  return {
    oid: Number(record.oid),
    schema: record.schema,
    name: record.name,
    quoted: quoted(record),
    kind: record.kind,
    persistence: record.persistence,
    accessMethod: record.am,
    columns,
    data,
    compared: data.filter(({ name }) => kept.every((one) => one.name !== name)),
    protected: kept,
    erased: (protection.erased ?? []).filter(({ table }) => family.has(nameKey(table))),
    key: record.key ?? [],
    loudTriggers: record.triggers ?? [],
    loudRules: record.rules ?? [],
    structure: record.structure,
  }
}

function tablesSql(condition: string, first: number): string {
  return `WITH RECURSIVE scope(oid) AS (
      SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' AND ${condition}
      UNION
      SELECT i.inhrelid FROM pg_inherits i JOIN scope s ON s.oid = i.inhparent),
    protected(oid) AS (
      SELECT c.oid FROM unnest($${first}::text[], $${first + 1}::text[]) AS p(schema, name)
        JOIN pg_namespace n ON n.nspname = p.schema JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = p.name
      UNION
      SELECT i.inhrelid FROM pg_inherits i JOIN protected p ON p.oid = i.inhparent)
    SELECT c.oid::text AS oid, n.nspname AS schema, c.relname AS name, c.relkind AS kind, c.relpersistence AS persistence,
      (SELECT amname FROM pg_am WHERE oid = c.relam) AS am,
      (SELECT json_agg(json_build_object('schema', an.nspname, 'name', ac.relname)) FROM pg_partition_ancestors(c.oid) AS a(relid)
        JOIN pg_class ac ON ac.oid = a.relid JOIN pg_namespace an ON an.oid = ac.relnamespace) AS ancestors,
      (SELECT json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'typeOid', a.atttypid::int8,
          'generated', a.attgenerated) ORDER BY a.attnum)
        FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
      (SELECT (SELECT json_agg(a.attname ORDER BY k.place) FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, place)
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum WHERE k.place <= i.indnkeyatts)
        FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
          AND NOT EXISTS (SELECT FROM unnest(i.indkey::int2[]) AS k(attnum)
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum WHERE NOT a.attnotnull OR a.attgenerated <> '')
        ORDER BY i.indisprimary DESC, i.indnkeyatts, i.indexrelid LIMIT 1) AS key,
      (SELECT json_agg(json_build_object('name', t.tgname, 'mode', t.tgenabled) ORDER BY t.tgname)
        FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgenabled IN ('A', 'R')) AS triggers,
      (SELECT json_agg(r.rulename ORDER BY r.rulename)
        FROM pg_rewrite r WHERE r.ev_class = c.oid AND r.ev_enabled IN ('A', 'R')) AS rules,
      ${structureSql} AS structure
    FROM scope s JOIN pg_class c ON c.oid = s.oid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE s.oid NOT IN (SELECT oid FROM protected)
    ORDER BY c.oid`
}

// The order of columns is no part of it: rows are compared and copied by column name.
const structureSql = `ARRAY(
    SELECT line FROM (
      SELECT 'kind ' || c.relkind::text || ', persistence ' || c.relpersistence::text AS line
      UNION ALL SELECT 'partition key ' || pg_get_partkeydef(c.oid) WHERE c.relkind = 'p'
      UNION ALL SELECT 'partition bound ' || pg_get_expr(c.relpartbound, c.oid) WHERE c.relispartition
      UNION ALL SELECT 'inherits ' || pn.nspname || '.' || p.relname FROM pg_inherits i
        JOIN pg_class p ON p.oid = i.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace WHERE i.inhrelid = c.oid
      UNION ALL SELECT 'column ' || quote_ident(a.attname) || ': ' || format_type(a.atttypid, a.atttypmod)
          || CASE WHEN a.attcollation <> 0 AND a.attcollation <> t.typcollation THEN ' collate ' || a.attcollation::regcollation::text ELSE '' END
          || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
          || CASE WHEN a.attgenerated <> '' THEN ' generated ' || a.attgenerated::text || ' as '
               || coalesce((SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d WHERE d.adrelid = c.oid AND d.adnum = a.attnum), '')
             ELSE '' END
        FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      UNION ALL SELECT 'constraint ' || quote_ident(k.conname) || ': ' || regexp_replace(pg_get_constraintdef(k.oid), ' NOT VALID$', '')
        FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype IN ('c', 'p', 'u', 'x')
    ) AS lines ORDER BY line)`

/** All columns of one table in order, generated ones too. */
export async function readColumns(side: Side, table: TableName): Promise<Column[]> {
  const found = await rows<ColumnRecord>(
    side,
    `SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, a.atttypid::int8::float8 AS "typeOid", a.attgenerated AS generated
     FROM pg_attribute a WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
    [quoted(table)],
  )
  return found.map(toColumn)
}

function toColumn(column: ColumnRecord): Column {
  return {
    name: column.name,
    quoted: quoteName(column.name),
    type: column.type,
    typeOid: column.typeOid,
    generated: column.generated !== '',
  }
}
