import { rows, type Side } from './side.ts'

/** One hash for each catalogue of the database, over all that is no row: what a row-level copy cannot carry. */
export type SchemaFingerprint = ReadonlyMap<string, string>

/**
 * Reads what the database is made of (tables, types, functions, views, rights, comments, policies …) straight from its catalogues. A copy made from a
 * template keeps every oid, so two databases of one lineage agree exactly or something has moved. Temporary tables, statistics and physical
 * details that move by themselves are left out.
 */
export async function schemaFingerprint(side: Side): Promise<SchemaFingerprint> {
  const catalogues = await rows<{ name: string; columns: string[] }>(
    side,
    `SELECT c.relname AS name, array_agg(quote_ident(a.attname) ORDER BY a.attnum) AS columns
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind = 'r' AND NOT c.relisshared AND a.attnum > 0 AND NOT a.attisdropped
       AND NOT (c.relname = ANY ($1)) AND NOT (c.relname || '.' || a.attname = ANY ($2))
     GROUP BY c.relname ORDER BY c.relname`,
    [leftOut, restless],
  )
  const fingerprint = new Map<string, string>()
  for (const { name, columns } of catalogues) {
    const [found] = await rows<{ hash: string }>(
      side,
      `${temporarySql} SELECT count(*) || ':' || coalesce(sum(hashtextextended((ROW(${columns.map((column) => `t.${column}`).join(', ')})::text) COLLATE "C", 0)), 0) AS hash
       FROM ${name} AS t WHERE ${conditions[name] ?? 'true'}`,
    )
    fingerprint.set(name, found?.hash ?? '')
  }
  return fingerprint
}

/** The catalogues in which two databases of one lineage differ; empty where they agree. */
export function movedSchema(a: SchemaFingerprint, b: SchemaFingerprint): string[] {
  return [...new Set([...a.keys(), ...b.keys()])].filter((name) => a.get(name) !== b.get(name)).sort()
}

const leftOut = ['pg_statistic', 'pg_statistic_ext_data', 'pg_largeobject', 'pg_largeobject_metadata', 'pg_subscription_rel']

// Written by VACUUM, ANALYZE, TRUNCATE or lazily, without anything having changed for the portal.
const restless = [
  ...['relfilenode', 'relpages', 'reltuples', 'relallvisible', 'relallfrozen', 'relfrozenxid', 'relminmxid'].map(inClass),
  ...['relhasindex', 'relhasrules', 'relhastriggers', 'relhassubclass', 'relrewrite'].map(inClass),
  'pg_index.indcheckxmin',
]

function inClass(column: string): string {
  return `pg_class.${column}`
}

const temporarySql = `WITH temporary AS MATERIALIZED (SELECT oid, reltype FROM pg_class WHERE relpersistence = 't')`
const notTemporary = (column: string) => `${column} NOT IN (SELECT oid FROM temporary)`
const inLastingSchema = (column: string) =>
  `${column} NOT IN (SELECT oid FROM pg_namespace WHERE nspname LIKE 'pg\\_temp\\_%' OR nspname LIKE 'pg\\_toast\\_temp\\_%')`

// Comments on large objects travel with them.
const conditions: Readonly<Record<string, string>> = {
  pg_class: notTemporary('t.oid'),
  pg_attribute: notTemporary('t.attrelid'),
  pg_attrdef: notTemporary('t.adrelid'),
  pg_index: `${notTemporary('t.indexrelid')} AND ${notTemporary('t.indrelid')}`,
  pg_inherits: notTemporary('t.inhrelid'),
  pg_trigger: notTemporary('t.tgrelid'),
  pg_rewrite: notTemporary('t.ev_class'),
  pg_policy: notTemporary('t.polrelid'),
  pg_sequence: notTemporary('t.seqrelid'),
  pg_partitioned_table: notTemporary('t.partrelid'),
  pg_statistic_ext: notTemporary('t.stxrelid'),
  pg_constraint: inLastingSchema('t.connamespace'),
  pg_type: inLastingSchema('t.typnamespace'),
  pg_proc: inLastingSchema('t.pronamespace'),
  pg_namespace: `t.nspname NOT LIKE 'pg\\_temp\\_%' AND t.nspname NOT LIKE 'pg\\_toast\\_temp\\_%'`,
  pg_description: `t.classoid <> 'pg_largeobject'::regclass AND ${notTemporary('t.objoid')}`,
  // What a sequence belongs to, and what belongs to an extension; all else follows from the objects themselves.
  pg_depend: `(t.deptype IN ('e', 'x') OR (t.deptype IN ('a', 'i') AND t.objid IN (SELECT seqrelid FROM pg_sequence)))
    AND ${notTemporary('t.objid')} AND ${notTemporary('t.refobjid')}`,
}
