import { quoted, quoteName } from '#lib/difference/names.ts'
import type { Side } from '#lib/difference/side.ts'
import type { Deletions, FoundAt, Ledger } from './search-ledger.ts'
import { readTrail } from './search-rows.ts'

/** Who deleted the records that are gone, as far as the portal itself wrote it down; a trail that cannot be read says nothing. */
export async function readDeletions({ request, chosen, live }: Ledger, side: Side, until: number): Promise<Deletions> {
  const { trail } = request
  const gone = chosen.filter(({ marks, hit }) => !marks.has(live) && hit.key.length === 1)
  if (trail === null || gone.length === 0) return new Map()
  const column = (name: string) => `t.${quoteName(name)}::text`
  const statement = `SELECT DISTINCT ON (1, 2) lower(${column(trail.entityColumn)}) AS entity, ${column(trail.keyColumn)} AS key,
      left(${column(trail.whoColumn)}, 300) AS who, ${column(trail.whenColumn)} AS when
    FROM ${quoted({ schema: trail.schema, name: trail.table })} AS t
    WHERE lower(${column(trail.actionColumn)}) ~ '^(delete|remove|destroy)' AND lower(${column(trail.entityColumn)}) = ANY ($1::text[])
      AND ${column(trail.keyColumn)} = ANY ($2::text[]) ORDER BY 1, 2, t.${quoteName(trail.whenColumn)} DESC`
  const names = [...new Set(gone.flatMap(namesOf))]
  const read = await readTrail(side, until, statement, [names, gone.map(({ hit }) => hit.key[0])])
  const found: Deletions = new Map()
  for (const one of gone) {
    const told = read.find(({ entity, key }) => key === one.hit.key[0] && namesOf(one).includes(entity))
    if (told) found.set(one, { who: told.who, when: told.when })
  }
  return found
}

/** How a trail may call a record's table. */
function namesOf({ searched: { table } }: FoundAt): string[] {
  const name = table.name.toLowerCase()
  return [name, `${table.schema.toLowerCase()}.${name}`]
}
