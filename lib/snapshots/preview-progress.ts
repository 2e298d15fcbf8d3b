import { sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db, Tx } from '#db/client.ts'
import type { TableWords } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import type { ComparedSoFar } from '#lib/difference/observe.ts'
import { log } from '#lib/runtime/log.ts'
import type { TellProgress } from './port.ts'
import { tallySchema } from './preview-report.ts'
import { tableName } from './table-name.ts'

const count = z.number().int().nonnegative()
const named = z.object({ schema: z.string(), table: z.string(), name: z.object({ en: z.string(), pl: z.string() }) })

/** How far a preview is, for those who wait for it. Gone once it is there: a settled row has none. */
const progressSchema = z.object({
  /** Tables compared, of how many; 0 of 0 while the restore point is still being fetched. */
  done: count,
  total: count,
  /** Rows of both sides, estimated. */
  rows: count,
  rowsInAll: count,
  comparing: named.nullable(),
  /** Those that differ among the compared ones, the latest first; `tablesCut` when there are more. Of a `sampled` one they are estimates, and this is what it has at most. */
  tables: z.array(named.extend({ ...tallySchema.shape, sampled: tallySchema.nullable() })),
  tablesCut: z.boolean(),
})
export type PreviewProgress = z.infer<typeof progressSchema>

/** As a row has it; null for one that nobody has begun, or that an earlier version wrote. */
export function readProgress(stored: unknown): PreviewProgress | null {
  return progressSchema.safeParse(stored).data ?? null
}

const LOOK_EVERY_MS = 600
const BEAT_EVERY_MS = 5_000
const TABLES_AT_MOST = 60

export type PreviewBooks = { tell: TellProgress; stop: () => Promise<void> }

/**
 * Says at once and every few seconds that somebody is at it, so that a preview whose worker died is known; and, when there is something new, how far it is.
 * However many tables are done within a look, one row is written for them and open pages are told once.
 */
export function keepProgress(db: Db, preview: { id: string }, words: TableWords[]): PreviewBooks {
  let now: PreviewProgress = { done: 0, total: 0, rows: 0, rowsInAll: 0, comparing: null, tables: [], tablesCut: false }
  let news = false
  let writtenAt = 0
  let writing = Promise.resolve()
  const write = async () => {
    const tell = news
    news = false
    writtenAt = performance.now()
    await scoped(db, 'system', (tx) =>
      tx.execute(sql`
        with kept as (
          update previews set progress = ${JSON.stringify(now)}::jsonb || jsonb_build_object('beatAt', clock_timestamp())
           where id = ${preview.id} and state = 'computing' returning id, portal_id)
        select pg_notify('desk', json_build_object('previewId', id, 'portalId', portal_id)::text) from kept where ${tell}`),
    )
  }
  const missed = (err: unknown) =>
    log('worker').warn({ err, previewId: preview.id }, 'how far a comparison is could not be written down')
  const look = () => {
    if (!news && performance.now() - writtenAt < BEAT_EVERY_MS) return
    // A missed beat only means that another worker may compute it too; what it writes is the same.
    writing = writing.then(write).catch(missed)
  }
  writing = write().catch(missed)
  const timer = setInterval(look, LOOK_EVERY_MS)
  const called = ({ schema, name: table }: { schema: string; name: string }) => ({
    schema,
    table,
    name: tableName(words, { schema, table }),
  })
  const lineOf = ({ table, sampled, missing, newer, changed }: NonNullable<ComparedSoFar['found']>) => ({
    ...called(table),
    sampled,
    missing,
    newer,
    changed,
  })
  return {
    tell: ({ tables: done, tablesInAll: total, rows, rowsInAll, comparing, found }) => {
      const tables = found ? [lineOf(found), ...now.tables] : now.tables
      now = {
        done,
        total,
        rows: Math.round(rows),
        rowsInAll: Math.round(rowsInAll),
        comparing: comparing && called(comparing),
        tables: tables.slice(0, TABLES_AT_MOST),
        tablesCut: now.tablesCut || tables.length > TABLES_AT_MOST,
      }
      news = true
    },
    stop: async () => {
      clearInterval(timer)
      // Of a settled row there is nothing left to say; one that was broken off stands as far as it came.
      if (news) look()
      await writing
    },
  }
}

/** Open pages that wait for it read it anew (lib/runtime/live.ts). */
export async function tellPreview(tx: Tx, { id, portalId }: { id: string; portalId: string }): Promise<void> {
  await tx.execute(sql`select pg_notify('desk', ${JSON.stringify({ previewId: id, portalId })})`)
}
