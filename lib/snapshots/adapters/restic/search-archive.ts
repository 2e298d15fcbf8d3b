import type { TableName } from '#lib/difference/names.ts'
import { chooseTables } from '../postgres/search-choice.ts'
import { absentWithTable, haveSameKey } from '../postgres/search-keys.ts'
import { type FoundAt, type Ledger, leave, note, type Point, tableKey, unasked } from '../postgres/search-ledger.ts'
import { hitsAtMost } from '../postgres/search-rows.ts'
import { type Archive, recallRecord } from './archives.ts'
import { copyStream } from './copy-stream.ts'
import { feedRestore } from './feed-restore.ts'
import { sealed } from './open-archive.ts'
import { RepositoryProblem } from './problem.ts'
import type { Programs } from './programs.ts'
import type { Repository } from './repository.ts'
import { type KeyBudget, makeSieve, type Sifted } from './sift-rows.ts'

/**
 * Lets an archive's rows flow by. pg_restore only writes their text here, and nothing of what it says is believed until the last byte was read and the
 * archive was the recorded one (S120). `tables` is filled with those that will be looked through as soon as that is known.
 */
export async function lookThroughArchive(
  ledger: Ledger,
  place: Point,
  of: { repository: Repository; archive: Archive; programs: Programs },
  budget: KeyBudget,
  tables: TableName[],
  inTime: AbortSignal,
): Promise<Sifted> {
  const { request } = ledger
  const record = sealed(of.archive, place.ref, await recallRecord(of.repository, of.archive, inTime))
  if (!record.shapes) throw new RepositoryProblem('unloadable', 'the archive is older than the search of archives')
  const choice = chooseTables(record.shapes, request)
  tables.push(...choice.chosen.map(({ shape }) => shape))
  const sieve = makeSieve(choice, request, budget)
  const into = copyStream(sieve.open, sieve.encoding)
  await feedRestore({ ...of, record }, { flags: ['--data-only', '--file=-'], env: {}, into }, inTime)
  for (const left of choice.leftOut) leave(ledger, left)
  place.tables = new Map(sieve.tables)
  place.names = new Set(choice.within.map((table) => tableKey({ table })))
  for (const sifted of sieve.tables.values()) {
    const { table, hits, isWhole } = sifted
    if (hits.length > hitsAtMost) ledger.truncated = true
    if (!isWhole) leave(ledger, { schema: table.schema, table: table.name, why: 'unreadable' })
    for (const hit of hits) note(ledger, place, sifted, hit)
  }
  return sieve.tables
}

/**
 * Asks an archive that flowed by for records whose text did not show the words there. A record that has them in live is another there; where live has
 * not got them either, what it is there cannot be told.
 */
export function askKeys({ live }: Ledger, place: Point, tables: Sifted, records: readonly FoundAt[]): void {
  const byTable = Map.groupBy(unasked(place, records), ({ searched }) => tableKey(searched))
  for (const [name, wanted] of byTable) {
    const sifted = tables.get(name)
    if (sifted === undefined) absentWithTable(place, name, wanted)
    else if (sifted.keys && sifted.isWhole && haveSameKey(wanted[0]?.searched, sifted)) {
      const there = sifted.keys.among(wanted.map(({ hit }) => hit.key.join('\0')))
      const areAllHits = sifted.hits.length <= hitsAtMost
      for (const { hit, marks, worded, absent } of wanted)
        if (!there.has(hit.key.join('\0'))) absent.add(place)
        else marks.set(place, areAllHits && worded.has(live) ? 'without the words' : null)
    }
  }
}
