import { rows, type Side } from './side.ts'

/** What a column's type is made of, down to the ground. */
export type TypeFacts = {
  readonly oid: number
  /** Whether rows can travel in binary COPY: every part has a send and a receive function. */
  readonly binary: boolean
  /** Whether a value's text follows from its bytes: that of `regclass` and its like is a name, which another statement may change. */
  readonly textStands: boolean
  /** The portal's own types in it, as `name=oid`: binary COPY carries some oids, so both sides must agree on them. */
  readonly ownOids: string
  /** The portal's own types in it, by name, with what they are: labels of an enum, constraints of a domain … (S108). */
  readonly parts: readonly TypePart[]
}

export type TypePart = { readonly name: string; readonly is: string }

/** Facts of the given types, by oid. */
export async function readTypes(side: Side, oids: readonly number[]): Promise<Map<number, TypeFacts>> {
  const found = await rows<{ root: string; binary: boolean; stands: boolean; own: string; parts: TypePart[] | null }>(
    side,
    typesSql,
    [[...new Set(oids)]],
  )
  return new Map(
    found.map(({ root, binary, stands, own, parts }) => [
      Number(root),
      { oid: Number(root), binary, textStands: stands, ownOids: own, parts: parts ?? [] },
    ]),
  )
}

// 16384 is where the portal's own oids begin.
const typesSql = `WITH RECURSIVE used(root, oid) AS (
    SELECT o, o FROM unnest($1::oid[]) AS o
    UNION
    SELECT u.root, part.oid FROM used u JOIN pg_type t ON t.oid = u.oid CROSS JOIN LATERAL (
      SELECT t.typelem AS oid WHERE t.typelem <> 0
      UNION ALL SELECT t.typbasetype WHERE t.typbasetype <> 0
      UNION ALL SELECT a.atttypid FROM pg_attribute a WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
      UNION ALL SELECT r.rngsubtype FROM pg_range r WHERE t.oid IN (r.rngtypid, r.rngmultitypid)) AS part)
  SELECT u.root::text AS root, bool_and(t.typsend <> 0 AND t.typreceive <> 0) AS binary,
    bool_and(t.typnamespace <> 'pg_catalog'::regnamespace OR (t.typname NOT LIKE 'reg%' AND t.typname <> 'aclitem')) AS stands,
    coalesce(string_agg(format_type(t.oid, NULL) || '=' || t.oid, ',' ORDER BY t.oid) FILTER (WHERE t.oid >= 16384), '') AS own,
    json_agg(json_build_object('name', format_type(t.oid, NULL), 'is', CASE t.typtype
      WHEN 'e' THEN 'enum ' || (SELECT coalesce(string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder), '') FROM pg_enum e WHERE e.enumtypid = t.oid)
      WHEN 'd' THEN 'domain over ' || format_type(t.typbasetype, t.typtypmod) || CASE WHEN t.typnotnull THEN ' not null' ELSE '' END
        || (SELECT coalesce(string_agg(' ' || pg_get_constraintdef(k.oid), '' ORDER BY k.conname), '') FROM pg_constraint k WHERE k.contypid = t.oid)
      WHEN 'c' THEN 'composite ' || (SELECT coalesce(string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum), '')
        FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped)
      WHEN 'r' THEN 'range of ' || (SELECT format_type(r.rngsubtype, NULL) FROM pg_range r WHERE r.rngtypid = t.oid)
      ELSE 'base' END) ORDER BY t.oid) FILTER (WHERE t.oid >= 16384 AND t.typtype IN ('e', 'd', 'c', 'r')) AS parts
  FROM used u JOIN pg_type t ON t.oid = u.oid
  GROUP BY u.root`
