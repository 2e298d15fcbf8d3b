import type { Side } from '#lib/difference/side.ts'
import { type FoundAt, type Keyed, type Place, tableKey, unasked } from './search-ledger.ts'
import { lookUp } from './search-rows.ts'
import type { SearchTable } from './search-tables.ts'

const keysAtOnce = 2_000

/** Asks a place by key for the records that its text did not show. What cannot be asked stays unknown: it is not taken for gone. */
export async function askFor(
  place: Place,
  tables: ReadonlyMap<string, SearchTable>,
  side: Side,
  records: readonly FoundAt[],
  until: number,
): Promise<void> {
  const byTable = Map.groupBy(unasked(place, records), ({ searched }) => tableKey(searched))
  for (const [name, wanted] of byTable) {
    const searched = tables.get(name)
    if (searched === undefined) absentWithTable(place, name, wanted)
    else if (haveSameKey(wanted[0]?.searched, searched))
      for (let at = 0; at < wanted.length; at += keysAtOnce) {
        const some = wanted.slice(at, at + keysAtOnce)
        const read = await lookUp(
          side,
          searched,
          some.map(({ hit }) => hit.key),
          until,
        )
        if ('why' in read) continue
        const hits = new Map(read.hits.map((hit) => [hit.key.join('\0'), hit]))
        for (const one of some) {
          const hit = hits.get(one.hit.key.join('\0'))
          if (hit === undefined) one.absent.add(place)
          else one.marks.set(place, hit.mark)
          // Live is the only place without an id.
          if (hit !== undefined && place.id === null) one.bin = hit.bin
        }
      }
  }
}

/** No such table, no such record. */
export function absentWithTable(place: Place, table: string, wanted: readonly FoundAt[]): void {
  if (!place.names.has(table)) for (const { absent } of wanted) absent.add(place)
}

/** With another key, or none, nobody can be asked for. */
export function haveSameKey(one: Keyed | undefined, other: Keyed): boolean {
  return one?.key.map(({ name }) => name).join('\0') === other.key.map(({ name }) => name).join('\0')
}
