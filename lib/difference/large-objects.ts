import { type Catalogue, type Column, rowTables, type Table } from './catalogue.ts'
import { onBoth } from './compare/row-difference.ts'
import type { LargeObjectDifference } from './difference.ts'
import type { Erased } from './erased.ts'
import { nameKey, quoted, quoteName, type TableName } from './names.ts'
import { placeText } from './row-set.ts'
import type { Scope } from './scope.ts'
import { one, rows, run, type Side } from './side.ts'

/** A large object without its bytes; `fingerprint` stands for bytes, owner, rights and comment. */
export type LargeObject = {
  readonly oid: number
  readonly bytes: number
  readonly owner: string
  readonly rights: string | null
  readonly comment: string | null
  readonly fingerprint: bigint
}

type NamingColumn = TableName & { readonly column: string }

type Holder = { readonly side: Side; readonly catalogue: Catalogue }

/**
 * The large objects that a column of type `oid` or `lo` of the scope names (for the scope `all`: every one), as they differ. An oid column may
 * name other things: what is no large object is simply not there. An object that both databases hold is never `newer`, whoever names it.
 */
export async function compareLargeObjects(
  live: Holder,
  snapshot: Holder,
  scope: Scope,
  erased: Erased = new Map(),
): Promise<LargeObjectDifference[]> {
  const [named, wanted] = await onBoth(namedObjects(live, scope), namedObjects(snapshot, scope))
  const all = [...new Set([...named, ...wanted])].sort((a, b) => a - b)
  const [here, there] = await onBoth(describeLargeObjects(live.side, all), describeLargeObjects(snapshot.side, all))
  const untold = new Set([...(await namedByErased(live, erased, 'live')), ...(await namedByErased(snapshot, erased, 'snapshot'))])
  return all.flatMap((oid) => {
    if (untold.has(oid)) return []
    const now = here.get(oid)
    const then = there.get(oid)
    if (now?.fingerprint === then?.fingerprint) return []
    // Named by a row of live's alone, and gone from live: nothing that comes back needs it.
    if (now === undefined && !wanted.has(oid)) return []
    const facts = { bytesLive: now?.bytes ?? null, bytesSnapshot: then?.bytes ?? null }
    const hashes = { hashLive: now?.fingerprint ?? null, hashSnapshot: then?.fingerprint ?? null }
    return [{ oid, change: now === undefined ? 'missing' : then === undefined ? 'newer' : 'changed', ...facts, ...hashes }]
  })
}

/** What records name that take no part: it takes none either (S66). */
export async function namedByErased({ side, catalogue }: Holder, erased: Erased, on: 'live' | 'snapshot'): Promise<number[]> {
  const oids: number[] = []
  for (const table of rowTables(catalogue)) {
    const places = [...(erased.get(nameKey(table))?.[on] ?? [])].map(placeText)
    if (places.length === 0) continue
    for (const column of table.data.filter(isNamingColumn)) {
      const found = await rows<{ oid: string }>(
        side,
        `SELECT DISTINCT t.${column.quoted}::oid::text AS oid FROM ONLY ${table.quoted} AS t WHERE t.ctid = ANY ($1::tid[]) AND t.${column.quoted} IS NOT NULL`,
        [places],
      )
      oids.push(...found.map(({ oid }) => Number(oid)))
    }
  }
  return oids
}

async function namedObjects({ side, catalogue }: Holder, scope: Scope): Promise<Set<number>> {
  return new Set(scope.kind === 'all' ? await allLargeObjects(side) : await namedIn(side, namingColumns(catalogue)))
}

/** Facts of the given objects, those that exist. Bytes are hashed a megabyte at a time, where they are. */
export async function describeLargeObjects(side: Side, oids: readonly number[]): Promise<Map<number, LargeObject>> {
  if (oids.length === 0) return new Map()
  const found = await rows<{
    oid: string
    bytes: string
    owner: string
    rights: string | null
    comment: string | null
    fingerprint: string
  }>(
    side,
    `SELECT o.oid::text AS oid, o.bytes::text AS bytes, o.owner, o.rights, o.comment,
       hashtextextended(ROW(o.oid, o.owner, o.rights, o.comment, (SELECT string_agg(md5(lo_get(o.oid, piece * 1048576, 1048576)), '' ORDER BY piece)
         FROM generate_series(0, o.bytes / 1048576) AS piece))::text COLLATE "C", 0)::text AS fingerprint
     FROM (SELECT m.oid, pg_get_userbyid(m.lomowner) AS owner, m.lomacl::text AS rights, obj_description(m.oid, 'pg_largeobject') AS comment,
         lo_lseek64(lo_open(m.oid, 262144), 0, 2) AS bytes
       FROM pg_largeobject_metadata m WHERE m.oid = ANY ($1::oid[]) OFFSET 0) AS o`,
    [oids],
  )
  return new Map(
    found.map((object) => [
      Number(object.oid),
      { ...object, oid: Number(object.oid), bytes: Number(object.bytes), fingerprint: BigInt(object.fingerprint) },
    ]),
  )
}

/** Of the oids, those that no row outside the given tables names: within them all is as the snapshot was, names without an object included. */
export async function unnamedOutside(side: Side, scope: readonly Table[], oids: readonly number[]): Promise<number[]> {
  if (oids.length === 0) return []
  const columns = await rows<NamingColumn>(
    side,
    `SELECT n.nspname AS schema, c.relname AS name, a.attname AS column
     FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_type t ON t.oid = a.atttypid
     WHERE c.relkind = 'r' AND NOT (c.oid = ANY ($1::oid[])) AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND a.attnum > 0 AND NOT a.attisdropped
       AND (t.oid = 'oid'::regtype OR (t.typname = 'lo' AND t.typbasetype = 'oid'::regtype))`,
    [scope.map((table) => table.oid)],
  )
  const named = new Set<number>()
  for (const { schema, name, column } of columns) {
    const found = await rows<{ oid: string }>(
      side,
      `SELECT DISTINCT ${quoteName(column)}::oid::text AS oid FROM ONLY ${quoted({ schema, name })} WHERE ${quoteName(column)}::oid = ANY ($1::oid[])`,
      [oids],
    )
    for (const { oid } of found) named.add(Number(oid))
  }
  return oids.filter((oid) => !named.has(oid))
}

/** Makes the target's objects what the source's are: bytes, owner, rights, comment. Objects the source lacks are unlinked. */
export async function carryLargeObject(target: Side, source: Side, oid: number, wanted: LargeObject | undefined): Promise<void> {
  const exists = (await rows(target, `SELECT FROM pg_largeobject_metadata WHERE oid = ${oid}`)).length > 0
  if (exists) await one(target, `SELECT lo_unlink(${oid})`)
  if (wanted === undefined) return
  await one(target, `SELECT lo_create(${oid})`)
  for await (const { at, bytes } of largeObjectBytes(source, oid))
    await one(target, 'SELECT lo_put($1::oid, $2::int8, $3)', [oid, at, bytes])
  const me = await one<{ name: string }>(target, 'SELECT current_user AS name')
  if (me.name !== wanted.owner) await run(target, `ALTER LARGE OBJECT ${oid} OWNER TO ${quoteName(wanted.owner)}`)
  await grantRights(target, oid, wanted)
  if (wanted.comment !== null) {
    const { literal } = await one<{ literal: string }>(target, 'SELECT quote_literal($1) AS literal', [wanted.comment])
    await run(target, `COMMENT ON LARGE OBJECT ${oid} IS ${literal}`)
  }
}

/** The bytes of an object, a few megabytes at a time. */
export async function* largeObjectBytes(side: Side, oid: number): AsyncGenerator<{ at: number; bytes: Buffer }> {
  const piece = 4 * 1024 * 1024
  for (let at = 0; ; at += piece) {
    const { bytes } = await one<{ bytes: Buffer }>(side, 'SELECT lo_get($1::oid, $2::int8, $3) AS bytes', [oid, at, piece])
    if (bytes.length > 0) yield { at, bytes }
    if (bytes.length < piece) return
  }
}

/** Whether a column may name large objects. */
export function isNamingColumn(column: Column): boolean {
  return column.type === 'oid' || /(^|\.)lo$/.test(column.type)
}

function namingColumns(catalogue: Catalogue): NamingColumn[] {
  return rowTables(catalogue).flatMap((table) =>
    table.data.filter(isNamingColumn).map((column) => ({ schema: table.schema, name: table.name, column: column.name })),
  )
}

async function namedIn(side: Side, columns: readonly NamingColumn[]): Promise<number[]> {
  const oids = new Set<number>()
  for (const { schema, name, column } of columns) {
    const found = await rows<{ oid: string }>(
      side,
      `SELECT DISTINCT ${quoteName(column)}::oid::text AS oid FROM ONLY ${quoted({ schema, name })} WHERE ${quoteName(column)} IS NOT NULL`,
    )
    for (const { oid } of found) oids.add(Number(oid))
  }
  return [...oids]
}

async function allLargeObjects(side: Side): Promise<number[]> {
  return (await rows<{ oid: string }>(side, 'SELECT oid::text AS oid FROM pg_largeobject_metadata')).map(({ oid }) => Number(oid))
}

// A new object has its owner's full rights and no list; a list says everything, the owner's own part included.
async function grantRights(target: Side, oid: number, wanted: LargeObject): Promise<void> {
  if (wanted.rights === null) return
  await run(target, `REVOKE ALL ON LARGE OBJECT ${oid} FROM ${quoteName(wanted.owner)}`)
  const grants = await rows<{ grantee: string; privilege: string; grantable: boolean; everyone: boolean }>(
    target,
    `SELECT pg_get_userbyid(grantee) AS grantee, privilege_type AS privilege, is_grantable AS grantable, grantee = 0 AS everyone
     FROM aclexplode($1::aclitem[])`,
    [wanted.rights],
  )
  for (const { grantee, privilege, grantable, everyone } of grants) {
    const to = everyone ? 'PUBLIC' : quoteName(grantee)
    await run(
      target,
      `GRANT ${privilege} ON LARGE OBJECT ${oid} TO ${to}${grantable && grantee !== wanted.owner ? ' WITH GRANT OPTION' : ''}`,
    )
  }
}
