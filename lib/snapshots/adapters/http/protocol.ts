import { z } from 'zod'
import { type EngineNotice, type NoticeCode, noticeCodes, refusalCodes } from '#lib/difference/refusal.ts'
import {
  type AdapterRefusal,
  boundaries,
  type Captured,
  type Comparison,
  type ExtractedTable,
  type FoundSnapshot,
  manifestSchema,
  ownRefusalCodes,
  type PortalRef,
  type Recovered,
  type Rehearsed,
  type Restored,
  scopePatternsSchema,
} from '../../port.ts'

/**
 * The protocol by which a vendor puts a backup system of its own behind the desk. Shapes only; unknown fields are ignored on both sides, so
 * that either may be the newer one. What takes time is an operation: asked for by POST, answered `202 {operationId}`, watched and steered under
 * `/operations/{id}`. The same `Idempotency-Key` is the same operation for ever, and a terminal outcome never changes.
 */
export const protocolVersion = 1

const count = z.number().int().nonnegative()
const text = z.string().max(1_000)
const bytes = z.base64().transform((given) => new Uint8Array(Buffer.from(given, 'base64')))
const fact = z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())])

const keptPart = z.object({ rows: count.nullable() }).nullable()

// ---- what is sent ----

const tableName = z.object({ schema: z.string(), name: z.string() })
const whenBack = z.union([z.literal('as_then'), z.object({ set: z.string().nullable() })])
export const portalSchema = z.object({
  /** The desk's id for it, which stays when everything else about it changes. */
  id: z.string().min(1),
  databaseName: z.string().min(1),
  scopePatterns: scopePatternsSchema,
  protection: z
    .object({
      tables: z.array(tableName),
      columns: z.array(z.object({ table: tableName, columns: z.array(z.object({ name: z.string(), whenBack })) })),
    })
    .optional(),
})
export type SentPortal = z.infer<typeof portalSchema>

/** A portal as the remote is told of it: never with the address of its server, which holds a password. */
export function sentPortal({ id, databaseName, scopePatterns, protection }: PortalRef) {
  // The list of erased records stays with the desk: a portal that has one is not restored through a remote.
  const sent = protection && { tables: protection.tables, columns: protection.columns }
  return { id, databaseName, scopePatterns, ...(sent ? { protection: sent } : {}) }
}

/** `databaseName` is the remote's own name of a snapshot, and opaque to the desk. */
const snapshotSchema = z.object({ id: z.string().min(1), databaseName: z.string().min(1) })
const scope = z.enum(['crm', 'full'])
const edgeHandling = z.record(z.string(), z.enum(['null', 'keep', 'refuse']))

export const requests = {
  /** `POST /portals/{p}/snapshots` */
  capture: z.object({
    portal: portalSchema,
    snapshotId: z.string().min(1),
    purpose: z.enum(['snapshot', 'safety']),
    previous: snapshotSchema.nullable(),
    mayBar: z.enum(['when_needed', 'never']),
    barTimeoutMs: count,
    /** Of one that can `moments`: the portal as it was at this instant, the result's `at`. Absent: as it is now. */
    at: z.iso.datetime().optional(),
  }),
  /** `POST /comparisons` */
  comparison: z.object({
    portal: portalSchema,
    snapshot: snapshotSchema,
    against: snapshotSchema.optional(),
    scope,
    columns: z.array(
      z.object({
        schema: z.string(),
        table: z.string(),
        whoColumn: z.string().optional(),
        whenColumn: z.string().optional(),
        titleColumn: z.string().optional(),
        moneyColumn: z.string().optional(),
      }),
    ),
    examplesPerTable: count,
    edgeHandling,
  }),
  /** `POST /restores`; a rehearsal does it all on scratch. */
  restore: z.object({
    kind: z.enum(['restore', 'undo', 'rehearsal']),
    portal: portalSchema,
    snapshot: snapshotSchema,
    safety: snapshotSchema,
    scope,
    way: z.literal('in_place'),
    edgeHandling,
    consented: z.object({ digest: z.string(), wiped: bytes, toleranceRows: count }),
    /** Names the place where what is overwritten is written down first; an undo names the one of the restore that it takes back. */
    journal: z.string().regex(/^[0-9a-f]{32}$/),
    giveBackFrom: z
      .string()
      .regex(/^[0-9a-f]{32}$/)
      .nullable(),
    limits: z.object({ lockWaitMs: count, lockHeldMs: count }),
  }),
  /** `POST /measurements`: the manifest of the stored snapshot, read back now. */
  measurement: z.object({ portal: portalSchema, snapshot: snapshotSchema }),
  /**
   * `POST /extracts`: rows of `source` that none of `against` has as they are, or chosen ones, kept aside to be read. `withheld`: with their partitions and
   * inheritance children, and the columns that are computed from them.
   */
  extract: z.object({
    portal: portalSchema,
    withheld: z.object({
      tables: z.array(tableName),
      columns: z.array(z.object({ table: tableName, columns: z.array(z.string()) })),
    }),
    source: snapshotSchema,
    what: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('difference'), against: z.tuple([snapshotSchema], snapshotSchema), scope }),
      z.object({
        kind: z.literal('records'),
        records: z.array(z.object({ schema: z.string(), table: z.string(), keys: z.array(z.record(z.string(), z.string())) })),
        /** Whatever points at them within the scope, too, and so on. */
        children: z.boolean(),
        scope,
      }),
    ]),
  }),
  /** `POST /portals/{p}/recoveries`: whatever else works on the portal is dead, and is ended. */
  recovery: z.object({ portal: portalSchema, keep: z.array(snapshotSchema), busy: z.array(z.string()) }),
  /** `POST /operations/{id}/pass` */
  pass: z.object({ step: count, commit: z.boolean().optional() }),
}
export type Asked<K extends keyof typeof requests> = z.infer<(typeof requests)[K]>

// ---- what is answered ----

export const capabilitiesAnswer = z.object({ protocol: z.literal(protocolVersion), name: text, can: z.array(z.string()) })
export const acceptedAnswer = z.object({ operationId: z.string().regex(/^[A-Za-z0-9_-]{1,100}$/) })

/** Boundaries of the port by their own names, and `commit`: the one question that must be asked, at which the operation waits for `pass`. */
const known: ReadonlySet<string> = new Set(Object.values(boundaries).flat())
export const stepSchema = z.object({
  n: z.number().int().positive(),
  boundary: text,
  detail: z.record(z.string(), fact).optional(),
  /** Whether the operation goes no further until the step was passed. */
  waits: z.boolean(),
})
export type Step = z.infer<typeof stepSchema>
export const isBoundary = (name: string): name is (typeof boundaries)[keyof typeof boundaries][number] => known.has(name)

export const outcomes = ['done', 'refused', 'failed', 'cancelled'] as const

const codes: ReadonlySet<string> = new Set([...Object.keys(refusalCodes), ...Object.keys(ownRefusalCodes)])
const isCode = (code: string): code is AdapterRefusal['code'] => codes.has(code)
/** A code that this desk does not know is told in its own words. */
const refusalSchema = z
  .object({ code: text, facts: z.record(z.string(), fact).default({}) })
  .transform(
    ({ code, facts }): AdapterRefusal =>
      isCode(code) ? { code, facts } : { code: 'remote_unusable', facts: { ...facts, because: code } },
  )

const isNotice = (code: string): code is NoticeCode => Object.hasOwn(noticeCodes, code)
/** One that this desk does not know is left out. */
const noticesSchema = z
  .array(z.object({ code: text, facts: z.record(z.string(), fact).default({}) }))
  .transform((told) => told.flatMap(({ code, facts }): EngineNotice[] => (isNotice(code) ? [{ code, facts }] : [])))

/** `GET /operations/{id}?after=N&waitMs=M`: steps after the Nth, at once if there are any, else when there are or M is over. */
export const operationSchema = z.object({
  id: z.string(),
  steps: z.array(stepSchema).max(10_000),
  /** Null until it is over; from then on the same for ever, with what belongs to it. */
  outcome: z.enum(outcomes).nullable(),
  result: z.unknown().optional(),
  refusal: refusalSchema.optional(),
  /** Of `failed`: what went wrong, in words for the operator. */
  error: z.string().max(10_000).optional(),
})
export type Operation = z.infer<typeof operationSchema>

const tally = z.object({ missing: count, newer: count, changed: count })
const table = z.object({ schema: z.string(), table: z.string() })
const handling = z.enum(['null', 'keep', 'refuse'])

/** As long as any build of PostgreSQL has them. */
const nameSchema = z
  .string()
  .min(1)
  .max(1_000)
  .refine((name) => name.isWellFormed() && !name.includes('\0'), 'is no name')
const sumSchema = z.string().regex(/^[0-9a-f]{64}$/)

export const results = {
  capture: z.object({
    snapshot: snapshotSchema,
    way: z.enum(['physical', 'online']),
    physicalBecause: z.string().nullable(),
    barredMs: z.number(),
    sessionsEnded: count,
    captureMs: z.number(),
    manifest: manifestSchema,
    changes: tally.nullable(),
    notes: z.array(z.string()),
    /** The instant that was asked for: one that knows nothing of instants tells of none. */
    at: z.iso.datetime().optional(),
  }) satisfies z.ZodType<Omit<Captured, 'baseline'>>,
  comparison: z.object({
    digest: z.string().min(1),
    wiped: bytes,
    method: z.enum(['exact', 'watermark', 'wal_summaries']),
    comparedAt: z.iso.datetime({ offset: true }),
    durationMs: z.number(),
    total: tally,
    tables: z.array(
      tally.extend({
        ...table.shape,
        people: z.array(tally.extend({ who: z.string() })),
        hours: z.array(tally.extend({ hour: z.string() })),
        money: z.object({ missing: z.string(), newer: z.string() }).nullable(),
        currencies: z.array(z.object({ currency: z.string().nullable(), missing: z.string(), newer: z.string() })).optional(),
        examples: z.array(
          z.object({
            kind: z.enum(['missing', 'newer', 'changed']),
            key: z.record(z.string(), z.string().nullable()).nullable(),
            title: z.string().nullable(),
            who: z.string().nullable(),
            when: z.string().nullable(),
            money: z.string().nullable(),
          }),
        ),
      }),
    ),
    edges: z.array(z.object({ constraint: z.string(), fromTable: z.string(), toTable: z.string(), rows: count, handling })),
    drift: z.array(z.string()),
    refusals: z.object({ inPlace: refusalSchema.nullable() }),
    estimate: z.object({ writePauseMs: z.number() }),
    notices: noticesSchema.default([]),
    notes: z.array(z.string()),
    /** Where something is protected: what would go back if it were not, in the order of what was sent. */
    kept: z.object({ tables: z.array(keptPart), columns: z.array(keptPart), sequences: count }).optional(),
  }) satisfies z.ZodType<Omit<Comparison, 'refusals' | 'estimate'>>,
  rehearsal: z.object({ writePauseMs: z.number(), rowsMoved: count, notes: z.array(z.string()) }) satisfies z.ZodType<
    Omit<Rehearsed, 'offlineMs'>
  >,
  restore: z.object({
    total: tally,
    tables: z.array(tally.extend(table.shape)),
    writePauseMs: z.number(),
    edges: z.array(z.object({ constraint: z.string(), rows: count, handling: z.enum(['null', 'keep']) })),
    sequences: z.array(z.object({ sequence: z.string(), from: z.string(), to: z.string() })),
    notes: z.array(z.string()),
  }) satisfies z.ZodType<Omit<Restored, 'trace' | 'replaced' | 'offlineMs'>>,
  measurement: manifestSchema,
  extract: z.object({
    tables: z
      .array(
        z.object({
          schema: nameSchema,
          table: nameSchema,
          columns: z
            .array(
              z.object({
                name: nameSchema,
                type: text,
                kind: z.enum(['number', 'boolean', 'json', 'other']),
                generated: z.boolean(),
              }),
            )
            .max(1_600),
          /** Columns that the table has and its rows here have not. */
          withheld: z.array(nameSchema).max(1_600),
          rows: z.number().int().positive(),
          /** About how much text its rows are. */
          bytes: count,
          /** Of its first page (`page-sum.ts`). */
          sum: sumSchema,
        }),
      )
      .max(100_000),
    /** Those of the withheld that the scope holds, as they were named. */
    withheldTables: z.array(tableName).max(100_000),
  }) satisfies z.ZodType<{ tables: Omit<ExtractedTable, 'read'>[] }>,
  recovery: z.object({
    removed: z.array(z.object({ databaseName: z.string(), why: z.string() })),
    unclaimed: z.array(
      snapshotSchema.extend({
        portalId: z.string(),
        purpose: z.enum(['snapshot', 'safety']),
        completedAt: z.iso.datetime({ offset: true }),
        bytes: count,
      }),
    ),
    notes: z.array(z.string()),
  }) satisfies z.ZodType<Omit<Recovered, 'barsLifted'>>,
}

/** `GET /portals/{p}/snapshots` */
export const snapshotsAnswer = z.object({ snapshots: results.recovery.shape.unclaimed }) satisfies z.ZodType<{
  snapshots: FoundSnapshot[]
}>

/** `GET /portals/{p}/moments`: from which instant to which the portal can be captured `at`; where that is none, `because` says why. */
export const momentsAnswer = z.object({
  moments: z.object({ from: z.iso.datetime(), to: z.iso.datetime() }).nullable(),
  because: text.optional(),
})

export type ToldExtract = z.infer<typeof results.extract>
export type ToldTable = ToldExtract['tables'][number]

/** `GET /extracts/{id}/tables/{n}?after=K`: some of the rows after the Kth, always the same for the same K; `next` is the sum of the page after it. */
export const pageAnswer = z.object({
  after: count,
  rows: z
    .array(z.object({ change: z.enum(['newer', 'changed', 'chosen']), values: z.array(z.string().nullable()) }))
    .min(1)
    .max(1_000),
  next: sumSchema.nullable(),
})

/** What a refused request is answered with (RFC 9457), and what of it is used. */
export const problemSchema = z.object({ title: text.optional(), detail: text.optional(), refusal: refusalSchema.optional() })
