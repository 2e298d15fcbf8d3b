import { z } from 'zod'
import { type NoticeCode, noticeCodes } from '#lib/difference/refusal.ts'
import { protectedKinds } from './protected-data.ts'

const count = z.number().int().nonnegative()
const instant = z.iso.datetime({ offset: true })

/** Rows by what the restore does to them: `missing` come back, `newer` are wiped, `changed` go back to what they were. */
export const tallySchema = z.object({ missing: count, newer: count, changed: count })
export type Tally = z.infer<typeof tallySchema>

/** A number that was not counted lies between these with 95 % certainty (S38). */
const range = z.object({ atLeast: count, atMost: count })
export type Range = z.infer<typeof range>
const ranges = z.object({ missing: range, newer: range, changed: range })

const sumsSchema = z.object({ comesBack: z.string(), wiped: z.string() })

const tableSchema = tallySchema.extend({
  schema: z.string(),
  table: z.string(),
  name: z.object({ en: z.string(), pl: z.string() }),
  /**
   * Column whose sums `money` holds; amounts are exact decimals as text, in whatever currency the portal keeps them. `byCurrency` has them apart, each with
   * its currency; absent where no column tells it, and in reports of before.
   */
  money: sumsSchema
    .extend({ column: z.string(), byCurrency: z.array(sumsSchema.extend({ currency: z.string().nullable() })).optional() })
    .nullable(),
  /** Not compared row by row: the three numbers are about right, within these ranges, by so many records of so many. Nothing else is known of it. */
  sampled: ranges.extend({ rowsLookedAt: count, rowsInAll: count }).optional(),
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

const named = z.object({ en: z.string(), pl: z.string() })

/** A record for people: its title where its table has one, else what its key says. */
const namedRecord = z.object({ name: named, title: z.string() })

/** What only a put-back and its undo tell. Rows in conflict, and what hangs on them, are in `leftOut` and not among those that come back or go. */
const putBackSchema = z.object({
  /** The conflicts below were seen, and all but what they hold up is what consent is given to. */
  leaveOutConflicts: z.boolean(),
  /** Rows that come back: those that were asked for, what belongs to them, and what they need. */
  returning: z.array(z.object({ schema: z.string(), table: z.string(), chosen: count, children: count, parents: count })),
  /** Records that come only because another needs them. */
  parents: z.array(namedRecord),
  /** Listed first and never guessed (S72); `kind` is told in lib/difference/put-back/types.ts. */
  conflicts: z.array(
    z.object({
      kind: z.enum(['taken', 'dangling', 'not_admitted', 'large_object', 'changed', 'pointed_at']),
      record: namedRecord,
      constraint: z.string().nullable(),
      inTheWay: namedRecord.nullable(),
    }),
  ),
  conflictsCut: z.boolean(),
  leftOut: z.array(z.object({ name: named, rows: count })),
  /** Asked for, and there already. */
  notMissing: count,
})
export type PutBackReport = z.infer<typeof putBackSchema>

/**
 * What stays as it is today, by kind (S63–S70): in which tables, and how many rows would otherwise have gone back; null where that cannot be counted.
 * `numbers`: how many number sequences go on from where they are. `erased`: records that a person had erased and that would have come back (S66).
 */
const keptSchema = z.array(
  z.object({
    kind: z.enum([...protectedKinds, 'erased', 'numbers']),
    names: z.array(named),
    rows: count.nullable(),
    /** Of what stays: links to records that go, cleared or kept as configured (S71). Absent for numbers, and in reports of before. */
    links: z.object({ cleared: count, kept: count }).optional(),
    /** Of `erased` alone: records that stay away too, since they cannot be without one of those. */
    fallen: count.optional(),
  }),
)
export type KeptReport = z.infer<typeof keptSchema>

/** Rows that would come back paused, by table (S69). */
const pausedSchema = z.array(z.object({ name: named, rows: count }))
export type PausedReport = z.infer<typeof pausedSchema>

const worth = z.object({ rows: count, money: z.array(z.object({ currency: z.string().nullable(), sum: z.string() })) })

/** Records in a stage that has a name: those that come back in it, and those that were entered in it or have reached it since. */
const meaningSchema = z.array(z.object({ name: named, comesBack: worth, lost: worth }))
export type MeaningReport = z.infer<typeof meaningSchema>

/**
 * The portal's files, in none of the other numbers. Counts and `lostBytes` (of what would be taken away or overwritten) as the port has them; `examples` by path.
 * `not_kept`: the restore point holds none. `stay`: the scope does not take them back.
 */
const filesSchema = z.union([
  z.enum(['not_kept', 'stay']),
  tallySchema.extend({
    lostBytes: count,
    examples: z.array(
      z.object({ kind: z.enum(['missing', 'newer', 'changed']), path: z.string(), bytes: count, modifiedAt: instant }),
    ),
    examplesCut: z.boolean(),
  }),
])
export type FilesReport = z.infer<typeof filesSchema>

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
 * `edges`: `facts.rows` references will point at nothing and are handled as `edges` says (S71) · `adapter_note`: `facts.words`, in
 * English · `files_exchange`: files change places with those of the restore point · what the engine found around the scope (`noticeCodes`): `facts.names`, of each thing it is about.
 */
const aroundCodes = Object.keys(noticeCodes) as NoticeCode[]

export const noticeSchema = z.object({
  code: z.enum([
    'write_pause',
    'offline',
    'swap_proposed',
    'pause_above_limit',
    'edges',
    'files_exchange',
    'adapter_note',
    ...aroundCodes,
  ]),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())])),
})

/** What a loss preview tells people: the contract between lib/snapshots/preview.ts, which writes it, and the pages, which show it. */
export const previewReportSchema = z.object({
  version: z.literal(1),
  method: z.enum(['exact', 'watermark', 'wal_summaries']),
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
  /**
   * Some tables were sampled, since the portal is too large to be compared in time (S38): the totals are about right, within these ranges; people, hours, sums,
   * stages and links are those of all other tables. `linksUnknown`: links to or from those types were not counted. Absent: every number is exact.
   */
  sampled: ranges.extend({ linksUnknown: z.boolean() }).optional(),
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
  /** `files`: an extract. */
  way: z.enum(['in_place', 'swap', 'files']),
  /** Estimated: how long writers wait, how long nobody can connect. */
  writePauseMs: count,
  offlineMs: count,
  putBack: putBackSchema.optional(),
  /** Absent where nothing is protected, and in reports of before. */
  kept: keptSchema.optional(),
  /** Absent where nothing comes back paused, and in reports of before. */
  paused: pausedSchema.optional(),
  /** Of an extract: what is never written to its files, as whole tables (null) or as columns. Absent in reports of before. */
  withheld: z.array(z.object({ name: named, columns: z.array(named).nullable() })).optional(),
  /** Absent where the portal keeps no files, and in reports of before. */
  files: filesSchema.optional(),
  /** Absent where no stages are set up, and in reports of before. */
  meaning: meaningSchema.optional(),
})
export type PreviewReport = z.infer<typeof previewReportSchema>
export type PreviewExample = z.infer<typeof exampleSchema>
export type PreviewNotice = z.infer<typeof noticeSchema>

/** How many examples a report carries at most. */
export const examplesAtMost = 500
