import { z } from 'zod'

const named = z.object({ en: z.string(), pl: z.string() })

const recordSchema = z.object({
  schema: z.string(),
  table: z.string(),
  name: named,
  key: z.record(z.string(), z.string()),
  /** In the order of the table's own key, which an object kept as jsonb forgets. */
  keyColumns: z.array(z.string()).default([]),
  title: z.string().nullable(),
  who: z.string().nullable(),
  when: z.string().nullable(),
  inCrm: z.boolean(),
  live: z.boolean().nullable(),
  presentIn: z.array(z.string()),
  unknownIn: z.array(z.string()),
  changedSince: z.string().nullable(),
  deleted: z.object({ who: z.string().nullable(), when: z.string().nullable() }).nullable(),
  /** In the portal's own recycle bin, and since when where it tells. Absent in reports from before this was told. */
  inBin: z.object({ since: z.string().nullable() }).nullable().default(null),
})

/** What a search found, for people: the contract between lib/snapshots/search-records.ts, which writes it, and the pages, which show it. */
export const searchReportSchema = z.object({
  version: z.literal(1),
  searchedAt: z.iso.datetime({ offset: true }),
  durationMs: z.number(),
  /** The restore points that were asked, the newest first. */
  points: z.array(z.object({ id: z.string(), at: z.iso.datetime({ offset: true }) })),
  records: z.array(recordSchema),
  truncated: z.boolean(),
  /** Restore points that could not be searched. Absent in reports from before this was told. */
  unread: z.array(z.object({ id: z.string(), why: z.enum(['encoding', 'damaged', 'failed']), because: z.string() })).default([]),
  leftOut: z.array(z.object({ name: named, why: z.enum(['too_slow', 'not_reached', 'no_key', 'not_kept', 'unreadable']) })),
})
export type SearchReport = z.infer<typeof searchReportSchema>
export type SearchedRecord = SearchReport['records'][number]
