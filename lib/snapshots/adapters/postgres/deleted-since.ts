import { z } from 'zod'
import type { DeletionCounts } from '../../port.ts'

/** What the server has counted of one table since its statistics began. */
export const counterSchema = z.object({
  /** The table's oid: a renamed table is the same one. */
  id: z.string(),
  schema: z.string(),
  table: z.string(),
  inCrm: z.boolean(),
  /** Its file on disk: TRUNCATE gives it a new one and counts no row as deleted. So does VACUUM FULL. */
  file: z.string(),
  /** Attempts: rows whose transaction was rolled back are counted too. */
  deleted: z.coerce.number(),
  inserted: z.coerce.number(),
  /** Follows what was committed; 0 from TRUNCATE on; estimated anew by VACUUM and ANALYZE; starts at 0 in a database made from a template, however full. */
  live: z.coerce.number(),
  /** Of the last VACUUM or ANALYZE; -1 from TRUNCATE on. */
  estimate: z.coerce.number(),
  /** How often VACUUM and ANALYZE have looked: then `live` was estimated. */
  counted: z.coerce.number(),
})
type Counter = z.infer<typeof counterSchema>

/** `database` is its oid; `reset` changes whenever the statistics, or those of any one table, begin anew. */
export type Counters = { database: string; reset: string; tables: Counter[] }

/** What went between two looks at the counters, the most first. Null when the portal is another database by now (a swap). */
export function deletedSince(before: Counters, after: Counters): DeletionCounts['deleted'] {
  if (before.database !== after.database) return null
  const there = new Map(after.tables.map((table) => [table.id, table]))
  const byName = new Map<string, { schema: string; table: string; rows: number; inCrm: boolean }>()
  for (const was of before.tables) {
    const is = there.get(was.id)
    const rows = is === undefined ? rowsOf(was) : rowsGone(was, is, before.reset !== after.reset)
    if (rows <= 0) continue
    const { schema, table, inCrm } = is ?? was
    const name = JSON.stringify([schema, table])
    byName.set(name, { schema, table, inCrm, rows: rows + (byName.get(name)?.rows ?? 0) })
  }
  return [...byName.values()].sort((a, b) => b.rows - a.rows)
}

function rowsGone(was: Counter, is: Counter, reset: boolean): number {
  // Counting began anew in between (a reset, a crash): what was counted since is what is known.
  if (is.deleted < was.deleted || is.inserted < was.inserted) return is.deleted
  const deleted = is.deleted - was.deleted
  // Which tables were reset is not told: these counters may have begun anew and come further since. The lesser reading, without `live` as witness.
  if (reset) return deleted
  const inserted = is.inserted - was.inserted
  if (is.file !== was.file) return Math.max(deleted, rowsOf(was) + inserted - rowsOf(is))
  return liveIsSound(was, is, deleted) ? Math.min(deleted, was.live + inserted - is.live) : deleted
}

/** Deletions that were rolled back leave `live` where it was, which tells, unless somebody estimated it anew or it never knew of so many rows. */
function liveIsSound(was: Counter, is: Counter, deleted: number): boolean {
  return was.counted === is.counted && was.live >= deleted
}

/** How many rows a table has: `live` where it has seen them come or somebody counted, else what the copy it was made from believed. */
function rowsOf({ live, estimate, counted, inserted }: Counter): number {
  return counted > 0 || inserted >= estimate ? live : Math.max(live, estimate)
}
