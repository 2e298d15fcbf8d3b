import { z } from 'zod'

const count = z.number().int().nonnegative()
const instant = z.iso.datetime({ offset: true })

/** Rows by what the restore does to them: `missing` come back, `newer` are wiped, `changed` go back to what they were. */
export const tallySchema = z.object({ missing: count, newer: count, changed: count })
export type Tally = z.infer<typeof tallySchema>

const tableSchema = tallySchema.extend({
  schema: z.string(),
  table: z.string(),
  name: z.object({ en: z.string(), pl: z.string() }),
  /** Column whose sums `money` holds; amounts are exact decimals as text, in whatever currency the portal keeps them. */
  money: z.object({ column: z.string(), comesBack: z.string(), wiped: z.string() }).nullable(),
})

const exampleSchema = z.object({
  schema: z.string(),
  table: z.string(),
  kind: z.enum(['missing', 'newer', 'changed']),
  title: z.string().nullable(),
  who: z.string().nullable(),
  when: z.string().nullable(),
  money: z.string().nullable(),
  key: z.record(z.string(), z.string().nullable()).nullable(),
})

const edgeSchema = z.object({
  constraint: z.string(),
  fromTable: z.string(),
  toTable: z.string(),
  rows: count,
  handling: z.enum(['null', 'keep', 'refuse']),
})

/**
 * Things to know before consent. `write_pause`: writers wait for `facts.ms` · `offline`: nobody can connect for `facts.ms` ·
 * `swap_proposed`: whole databases change places, because of `facts.because` · `pause_above_limit`: `facts.ms` over `facts.limitMs` ·
 * `edges`: `facts.rows` references will point at nothing and are handled as `edges` says (S71) · `adapter_note`: `facts.words`, in English.
 */
export const noticeSchema = z.object({
  code: z.enum(['write_pause', 'offline', 'swap_proposed', 'pause_above_limit', 'edges', 'adapter_note']),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())])),
})

/** What a loss preview tells people: the contract between lib/snapshots/preview.ts, which writes it, and the pages, which show it. */
export const previewReportSchema = z.object({
  version: z.literal(1),
  method: z.literal('exact'),
  /** When the snapshot was completed, when live was read, and how long that took. */
  snapshotAt: instant,
  comparedAt: instant,
  durationMs: count,
  totals: z.object({
    comesBack: count,
    wiped: count,
    changed: count,
    /** Everyone of the portal: a restore is never for one person (R5). */
    usersAffected: count,
  }),
  /** Tables that differ, most rows first. */
  tables: z.array(tableSchema),
  /** Who entered the rows, most rows first; rows of tables without such a column are in nobody's line. */
  people: z.array(tallySchema.extend({ who: z.string() })),
  /** By the hour in which the rows were entered, oldest first. */
  hours: z.array(tallySchema.extend({ from: instant })),
  /** Some of the rows, to search by name; `examplesCut` when there are more. */
  examples: z.array(exampleSchema),
  examplesCut: z.boolean(),
  edges: z.array(edgeSchema),
  notices: z.array(noticeSchema),
  /** Differences of structure in words of the catalogue (S108). */
  structure: z.array(z.string()),
  way: z.enum(['in_place', 'swap']),
  /** Estimated: how long writers wait, how long nobody can connect. */
  writePauseMs: count,
  offlineMs: count,
})
export type PreviewReport = z.infer<typeof previewReportSchema>
export type PreviewExample = z.infer<typeof exampleSchema>
export type PreviewNotice = z.infer<typeof noticeSchema>

/** How many examples a report carries at most. */
export const examplesAtMost = 500
