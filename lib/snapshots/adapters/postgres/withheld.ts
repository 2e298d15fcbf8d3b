import { z } from 'zod'
import { readCatalogue } from '#lib/difference/catalogue.ts'
import { nameKey, quoted, type TableName } from '#lib/difference/names.ts'
import { rows, type Side } from '#lib/difference/side.ts'
import type { PortalRef, RestoreScope } from '../../port.ts'
import { scopeOf } from './sides.ts'

/** What of one database is not handed out. `tables`: as they were named, of those that the scope holds. */
export type WithheldHere = {
  tables: TableName[]
  holds: (table: TableName) => boolean
  columnsOf: (table: TableName) => ReadonlySet<string>
}

/** Judged by the database that is read: a restore point may have other partitions than live. */
export async function readWithheld(from: Side, portal: PortalRef, scope: RestoreScope): Promise<WithheldHere> {
  const { tables, columns } = portal.withheld ?? { tables: [], columns: [] }
  const parts = await readParts(from, [
    ...tables.map((table) => ({ table, column: null })),
    ...columns.flatMap((one) => one.columns.map((column) => ({ table: one.table, column }))),
  ])
  const whole = new Set(parts.filter(({ column }) => column === null).map(nameKey))
  const byTable = Map.groupBy(parts, nameKey)
  return {
    tables: tables.length === 0 ? [] : await reached(from, portal, scope, tables),
    holds: (table) => whole.has(nameKey(table)),
    columnsOf: (table) => new Set((byTable.get(nameKey(table)) ?? []).flatMap(({ column }) => column ?? [])),
  }
}

const partRows = z.array(z.object({ schema: z.string(), name: z.string(), column: z.string().nullable() }))

/** With partitions, inheritance children and what is generated from a column: since PostgreSQL 15 the expression depends on it, before, its column did. */
async function readParts(from: Side, wanted: { table: TableName; column: string | null }[]): Promise<z.infer<typeof partRows>> {
  if (wanted.length === 0) return []
  const found = await rows(
    from,
    `with recursive family(oid, attname) as (
        select to_regclass(w.relation)::oid, w.attname from unnest($1::text[], $2::text[]) as w(relation, attname) where to_regclass(w.relation) is not null
        union select i.inhrelid, f.attname from pg_inherits i join family f on f.oid = i.inhparent),
      part(oid, attname) as (
        select oid, attname from family
        union select g.attrelid, g.attname::text from family f join pg_attribute a on a.attrelid = f.oid and a.attname = f.attname
          join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = f.oid and d.refobjsubid = a.attnum
          left join pg_attrdef e on d.classid = 'pg_attrdef'::regclass and e.oid = d.objid
          join pg_attribute g on g.attrelid = f.oid and g.attgenerated <> ''
            and (g.attnum = e.adnum or (d.classid = 'pg_class'::regclass and d.objid = f.oid and g.attnum = d.objsubid)))
      select n.nspname as schema, c.relname as name, p.attname as column from part p
        join pg_class c on c.oid = p.oid join pg_namespace n on n.oid = c.relnamespace order by 1, 2, 3`,
    [wanted.map(({ table }) => quoted(table)), wanted.map(({ column }) => column)],
  )
  return partRows.parse(found)
}

async function reached(from: Side, portal: PortalRef, scope: RestoreScope, tables: readonly TableName[]): Promise<TableName[]> {
  const catalogue = await readCatalogue(from, { ...scopeOf(portal, scope), protection: undefined })
  const within = new Set(catalogue.tables.map(nameKey))
  return tables.filter((table) => within.has(nameKey(table)))
}
