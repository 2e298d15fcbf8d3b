import { z } from 'zod'
import { type Catalogue, readCatalogue, rowTables } from '#lib/difference/catalogue.ts'
import { readForeignKeys } from '#lib/difference/edges.ts'
import { type Erased, findErased, hasErased, isErased } from '#lib/difference/erased.ts'
import { nameKey, quoted, quoteName, type TableName } from '#lib/difference/names.ts'
import { placeFromText, placeText, rowSetOf } from '#lib/difference/row-set.ts'
import type { Scope } from '#lib/difference/scope.ts'
import { rows, type Side } from '#lib/difference/side.ts'
import type { ExtractRequest, RecordKeys } from '../../port.ts'
import { scopeOf } from './sides.ts'
import type { WantedRows } from './wanted-rows.ts'

/**
 * Chosen records and, where asked, everything within the scope that points at them, at what points at them, and so on; each row once. Never a record that was
 * erased, nor what cannot be without it (S66): `live` is asked for that, and only where somebody was.
 */
export async function chooseRecords({ portal, what }: ExtractRequest, from: Side, live: Side | undefined): Promise<WantedRows[]> {
  if (what.kind !== 'records') return []
  const scope = scopeOf(portal, what.scope)
  const catalogue = await readCatalogue(from, scope)
  const known = new Map(rowTables(catalogue).map((table) => [nameKey(table), table]))
  const erased = await erasedOf(from, live, catalogue, scope)
  const chosen = new Map<string, { table: TableName; places: Set<number> }>()
  const take = (table: TableName, places: number[]): number[] => {
    const so = chosen.get(nameKey(table)) ?? { table, places: new Set<number>() }
    chosen.set(nameKey(table), so)
    const fresh = places.filter((place) => !so.places.has(place) && !isErased(erased, table, place))
    for (const place of fresh) so.places.add(place)
    return fresh
  }
  const waiting: { table: TableName; places: number[] }[] = []
  for (const record of what.records) {
    const table = known.get(nameKey({ schema: record.schema, name: record.table }))
    if (table) waiting.push({ table, places: take(table, await placesOf(from, table, record)) })
  }
  const references = what.children ? await readReferences(from) : []
  for (let parent = waiting.shift(); parent; parent = waiting.shift()) {
    if (parent.places.length === 0) continue
    for (const reference of references.filter(({ to }) => to === quoted(parent.table))) {
      const table = known.get(nameKey({ schema: reference.schema, name: reference.name }))
      if (table) waiting.push({ table, places: take(table, await placesOfChildren(from, reference, parent)) })
    }
  }
  return [...chosen.values()]
    .filter(({ places }) => places.size > 0)
    .map(({ table, places }) => ({ table, sets: { chosen: rowSetOf([...places].map((place) => ({ place, hash: 0n }))) } }))
}

async function erasedOf(from: Side, live: Side | undefined, there: Catalogue, scope: Scope): Promise<Erased> {
  if (live === undefined || !hasErased(there)) return new Map()
  const here = await readCatalogue(live, scope)
  return findErased({ live, snapshot: from, foreignKeys: await readForeignKeys(from, there) }, { here, there })
}

const placeRows = z.array(z.object({ place: z.string() }))

async function placesOf(from: Side, table: TableName, { keys }: RecordKeys): Promise<number[]> {
  const places: number[] = []
  for (const key of keys) {
    const names = Object.keys(key)
    // As text, so that a key of any type is found by what it looks like; no names would mean every row.
    const where = names.map((name, index) => `t.${quoteName(name)}::text = $${index + 1}`).join(' and ') || 'false'
    const found = await rows(from, `select t.ctid::text as place from only ${quoted(table)} t where ${where}`, Object.values(key))
    for (const { place } of placeRows.parse(found)) places.push(placeFromText(place))
  }
  return places
}

const referenceRows = z.array(
  z.object({
    schema: z.string(),
    name: z.string(),
    to: z.string(),
    columns: z.array(z.string()),
    toColumns: z.array(z.string()),
    equals: z.array(z.string()),
  }),
)
type Reference = z.infer<typeof referenceRows>[number]

async function readReferences(from: Side): Promise<Reference[]> {
  const names = (relation: string, keys: string) =>
    `(select json_agg(a.attname order by k.place) from unnest(${keys}) with ordinality as k(attnum, place)
        join pg_attribute a on a.attrelid = ${relation} and a.attnum = k.attnum)`
  const found = await rows<{ toSchema: string; toName: string }>(
    from,
    `select n.nspname as schema, c.relname as name, tn.nspname as "toSchema", tc.relname as "toName",
        ${names('f.conrelid', 'f.conkey')} as columns, ${names('f.confrelid', 'f.confkey')} as "toColumns",
        (select json_agg(format('operator(%I.%s)', o.nspname, p.oprname) order by e.place) from unnest(f.conpfeqop) with ordinality as e(oid, place)
          join pg_operator p on p.oid = e.oid join pg_namespace o on o.oid = p.oprnamespace) as equals
       from pg_constraint f join pg_class c on c.oid = f.conrelid join pg_namespace n on n.oid = c.relnamespace
       join pg_class tc on tc.oid = f.confrelid join pg_namespace tn on tn.oid = tc.relnamespace where f.contype = 'f'`,
  )
  return referenceRows.parse(found.map((row) => ({ ...row, to: quoted({ schema: row.toSchema, name: row.toName }) })))
}

async function placesOfChildren(
  from: Side,
  { schema, name, columns, toColumns, equals }: Reference,
  parent: { table: TableName; places: number[] },
): Promise<number[]> {
  const on = columns.map((column, at) => `p.${quoteName(toColumns[at] ?? '')} ${equals[at]} c.${quoteName(column)}`).join(' and ')
  const found = await rows(
    from,
    `select c.ctid::text as place from only ${quoted({ schema, name })} c join only ${quoted(parent.table)} p on ${on} where p.ctid = any ($1::tid[])`,
    [parent.places.map(placeText)],
  )
  return placeRows.parse(found).map(({ place }) => placeFromText(place))
}
