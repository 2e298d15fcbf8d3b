import type { Table } from '../catalogue.ts'
import { rows, type Side } from '../side.ts'

/** A unique index or exclusion constraint as it can be asked of rows that are not there yet. */
export type UniqueIndex = {
  readonly tableOid: number
  readonly name: string
  /** Each column or expression with the operator that means "the same" (or "in the way"), and its collation. */
  readonly parts: readonly { readonly expression: string; readonly operator: string; readonly collate: string }[]
  /** `true` where it has no predicate. */
  readonly predicate: string
  readonly nullsAreEqual: boolean
}

/** Those of the tables that the server itself keeps, deferrable ones included. One that was never finished forbids nothing yet. */
export async function readUniqueIndexes(side: Side, tables: readonly Table[]): Promise<UniqueIndex[]> {
  const found = await rows<UniqueIndex & { tableOid: string }>(side, indexesSql, [tables.map((table) => table.oid)])
  return found.map((index) => ({ ...index, tableOid: Number(index.tableOid) }))
}

// An exclusion constraint brings its operators (so does WITHOUT OVERLAPS); a unique index means the equality of each column's own operator class.
const indexesSql = `SELECT i.indrelid::text AS "tableOid", coalesce(k.conname, c.relname) AS name,
    coalesce(pg_get_expr(i.indpred, i.indrelid), 'true') AS predicate, i.indnullsnotdistinct AS "nullsAreEqual",
    (SELECT json_agg(json_build_object('expression', pg_get_indexdef(i.indexrelid, n, true),
        'operator', (SELECT format('OPERATOR(%I.%s)', s.nspname, o.oprname) FROM pg_operator o JOIN pg_namespace s ON s.oid = o.oprnamespace
          WHERE o.oid = coalesce(k.conexclop[n], (SELECT a.amopopr FROM pg_opclass oc JOIN pg_amop a ON a.amopfamily = oc.opcfamily
            AND a.amoplefttype = oc.opcintype AND a.amoprighttype = oc.opcintype AND a.amopstrategy = 3 WHERE oc.oid = (i.indclass::oid[])[n - 1]))),
        'collate', coalesce((SELECT format(' COLLATE %I.%I', s.nspname, l.collname) FROM pg_collation l JOIN pg_namespace s ON s.oid = l.collnamespace
          WHERE l.oid = (i.indcollation::oid[])[n - 1]), '')) ORDER BY n)
      FROM generate_series(1, i.indnkeyatts) AS n) AS parts
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
  LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')
  WHERE i.indrelid = ANY ($1::oid[]) AND (i.indisunique OR i.indisexclusion) AND i.indislive
  ORDER BY i.indrelid, c.relname`
