import { z } from 'zod'
import type { Sampling } from '#lib/difference/compare/time-limit.ts'
import type { CompareWay, ErasedCounts, Estimate } from '#lib/difference/difference.ts'
import type { KeptParts } from '#lib/difference/kept.ts'
import type { TableName } from '#lib/difference/names.ts'
import type { ComparedSoFar } from '#lib/difference/observe.ts'
import type { Protection } from '#lib/difference/protection.ts'
import type { Conflict } from '#lib/difference/put-back/types.ts'
import type { EngineNotice, EngineRefusal, RefusalCode as EngineRefusalCode, Fact } from '#lib/difference/refusal.ts'

/**
 * The snapshot port: what the desk asks of whatever keeps a portal's backups. An adapter implements `SnapshotAdapter` and passes
 * `conformance/`. It knows portals, snapshots and rows; it knows no tickets, no people and no desk database. Who may do what, what is
 * held, which run is live: all that is the caller's. What an adapter cannot do is declared false in `capabilities`, never faked.
 *
 * Three promises every call keeps:
 *  - an expected no comes back as a value (`AdapterRefusal`), a broken promise of the outside world is thrown;
 *  - each named boundary is reported by an awaited `observe` *before* the adapter goes past it, so that what the caller writes down is never behind the facts;
 *  - a call that is killed at any instant leaves the portal wholly old or wholly new; `whatBecame` and `recover` tell and tidy.
 */
export type SnapshotAdapter = {
  readonly name: string
  readonly capabilities: Capabilities
  /** Makes a snapshot. The same `idempotencyKey` for the same portal makes one snapshot, however often it is asked. */
  capture(request: CaptureRequest, call: Call): Promise<Outcome<Captured>>
  /** Finished snapshots of the portal that exist in the storage, oldest first; half-made ones are never among them (S107). */
  list(portal: PortalRef): Promise<FoundSnapshot[]>
  /**
   * R14: where a copy made now for this purpose would lie, and whether that goes down with the portal's server: from addresses and configuration alone,
   * `unknown` where these do not show it. Kept with the snapshot, since the configuration may be another one later.
   */
  placeOf(portal: PortalRef, purpose: CaptureRequest['purpose'], signal?: AbortSignal): Promise<Place>
  /** The manifest: measured now from the stored copy, or as recorded with it where only `verify` can afford to read it back. */
  describe(portal: PortalRef, snapshot: SnapshotRef, signal?: AbortSignal): Promise<Manifest>
  /** What a restore would bring back, wipe and change, by table; changes nothing. */
  compare(request: CompareRequest, signal?: AbortSignal, tellProgress?: TellProgress): Promise<Comparison>
  /** The comparison of everything by each way that the snapshot's baseline allows, at one instant: do they agree? */
  crossCheck(portal: PortalRef, snapshot: SnapshotRef, signal?: AbortSignal): Promise<CrossCheck>
  /** Records by words, in the live portal and in several snapshots: which of them still has each. Only reads, and says what it could not. */
  search(request: SearchRequest, signal?: AbortSignal): Promise<Found>
  /**
   * Rows of a snapshot as they are, table by table, all at one instant: streamed, and only while `use` runs; the copy is opened to nobody else.
   * Each table may be read several times, one after the other. Nothing of `portal.withheld` is ever among them; `withheldTables` are those of it that
   * the scope holds.
   */
  extract<T>(
    request: ExtractRequest,
    use: (extracted: ExtractedTable[], withheldTables: TableName[]) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T>
  /** The whole restore on a clone of the safety copy, measured, then thrown away. The portal is not touched. */
  rehearse(request: RestoreRequest, call: Call): Promise<Outcome<Rehearsed>>
  /** Puts the portal's scope back to the snapshot. Until its `commit` boundary has passed it can be cancelled and leaves nothing behind. */
  restore(request: RestoreRequest, call: Call): Promise<Outcome<Restored>>
  /** A restore from the safety copy of an earlier restore; needs a safety copy of its own like any other (S57). */
  undo(request: RestoreRequest, call: Call): Promise<Outcome<Restored>>
  /** Does the stored copy still hold what its manifest says (S26)? */
  verify(portal: PortalRef, snapshot: SnapshotRef, manifest: Manifest, signal?: AbortSignal): Promise<Verification>
  /** Removes a snapshot for good. Removing what is already gone is fine. Whether it is held is the caller's to know (I10). */
  prune(portal: PortalRef, snapshot: SnapshotRef): Promise<void>
  /** What became of a restore whose worker vanished: asked from its trace, never guessed, never redone (S50). */
  whatBecame(portal: PortalRef, trace: RestoreTrace): Promise<Fate>
  /** Ends the backend an earlier worker left in the portal, if it is still that one (S49). True when it was there. */
  endBackend(portal: PortalRef, backend: BackendRef): Promise<boolean>
  /**
   * After a swap the portal is another database, of which no `Captured.baseline` speaks: what is to be kept of this snapshot from now on, so that comparisons with
   * it are cheap again; null: nothing better than before. Asked for the replaced database too, of which nothing was kept, and for `restored`, which is the
   * swap's own snapshot with what was kept of it beforehand, last. Safe to ask again. Absent: comparisons after a swap are exact until the next capture.
   */
  rebaseline?(request: RebaselineRequest, signal?: AbortSignal): Promise<Uint8Array | null>
  /** Tidies after a kill, for the holder of the portal's lease: ends the dead call's connections, lifts its bar, removes its half-made copies. */
  recover(request: RecoverRequest): Promise<Recovered>
  /** Can this portal be captured and restored, and if not, what is missing, in words for the operator. */
  health(portal: PortalRef, desk: DatabaseIdentity | null): Promise<Health>
  /**
   * R15, where `capabilities.deletionCounts`: what was deleted in the live portal since the call that gave `mark` (null: the first call), by
   * whomever, restores included. Cheap enough to be asked every few minutes; no row is read.
   */
  countDeletions?(portal: PortalRef, mark: string | null): Promise<DeletionCounts>
  /**
   * S69, where `capabilities.releaseOutbound`: the rows of outbound tables that a restore brings back paused, found between the snapshot and the copy of what it
   * replaces. Asked before the restore and after it; the portal itself is not looked at. Of a put-back it is all that might come back.
   */
  findPaused?(request: PausedRequest, signal?: AbortSignal): Promise<PausedTable[]>
  /**
   * The same capability's other half: gives such rows what they were, in one transaction of the portal's, each only where it still holds what was set for it.
   * `keep` is awaited before the commit, and a no leaves everything as it is: what it was told is what `whatBecame` is asked about after a crash.
   */
  releasePaused?(portal: PortalRef, tables: PausedTable[], call: ReleaseCall): Promise<Outcome<{ tables: ReleasedTable[] }>>
  /**
   * Where `capabilities.files`: the portal's files that a full restore to the snapshot would take away or overwrite, by path, to be read only while `use` runs.
   * None where the snapshot holds no files.
   */
  readLostFiles?<T>(
    request: { portal: PortalRef; snapshot: SnapshotRef },
    use: (files: LostFile[]) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T>
  /**
   * Where `capabilities.anyMoment`: the oldest and the newest instant (ISO, UTC) to which the system behind the adapter could make a snapshot now, by
   * `CaptureRequest.at`. Null: none of this portal just now.
   */
  moments?(portal: PortalRef, signal?: AbortSignal): Promise<{ from: string; to: string } | null>
}

/** Calls that are not in this version of the port are declared here all the same: false, so that no screen offers them. */
export type Capabilities = {
  capture: boolean
  onlineCapture: boolean
  compare: boolean
  restoreInPlace: boolean
  restoreSwap: boolean
  undo: boolean
  verify: boolean
  search: boolean
  extract: boolean
  putBack: boolean
  /** `search` tells which records lie in the portal's own recycle bin. */
  recycleBin: boolean
  files: boolean
  anyMoment: boolean
  deletionCounts: boolean
  releaseOutbound: boolean
}

// ---- who and what ----

/** Schemas are names; tables are `name` or `schema.name`, with `*` for any run of characters (`crm_*`). Both empty: nothing. */
export const scopePatternsSchema = z.object({ schemas: z.array(z.string()), tables: z.array(z.string()) })
export type ScopePatterns = z.infer<typeof scopePatternsSchema>

export type PortalRef = {
  /** The portal's id at the desk; everything is keyed by it, never by a name (S37). */
  id: string
  /** Connection of the role that captures and restores, to any database of the portal's server. Holds a password. */
  adminUrl: string
  databaseName: string
  /** What belongs to the `crm` scope. */
  scopePatterns: ScopePatterns
  /**
   * Where the portal keeps its files (attachments, pictures): an absolute path on the machine the adapter works on. They go back with the scope `full`, and only
   * there. Absent or null: the portal keeps none, or the desk does not mind them. An adapter without `capabilities.files` passes over it.
   */
  filesPath?: string | null
  /** What stays as it is today through restores, undos and put-backs (S63–S72). Absent: nothing. */
  protection?: Protection | undefined
  /** What `extract` never hands out, whatever it is asked for. Absent: it hands out everything. */
  withheld?: Withheld | undefined
}

/** Tables with their partitions and inheritance children; columns in such families too, and the columns that the database computes from them. */
export type Withheld = {
  readonly tables: readonly TableName[]
  readonly columns: readonly { readonly table: TableName; readonly columns: readonly string[] }[]
}

export type SnapshotRef = {
  id: string
  databaseName: string
  /** What `Captured.baseline` gave for it, where the caller has it at hand: comparisons become cheap, or what is read is proved to be what was kept; answers stay the same. */
  baseline?: Uint8Array | null
  /**
   * Of a safety copy: the journal's directory of the restore that it was made for, whose moved files are the copy's files. An adapter without
   * `capabilities.files` passes over it. Absent or null: the copy has none.
   */
  filesFrom?: string | null
}

/**
 * `crm`: what the portal's scope patterns name. `full`: every table outside the system's own schemas. `put_back`: the records that the request's
 * `putBack` names, wherever they lie; only in place, and nothing that live holds is touched.
 */
export type RestoreScope = 'crm' | 'full' | 'put_back'
/** `in_place`: exactly the difference, in one transaction. `swap`: the whole database, by rename; `full` only. */
export type RestoreWay = 'in_place' | 'swap'
/** What becomes of references across the scope's edge that would point at nothing (S71), by `schema.table.constraint`; `*` is the rest. */
export type EdgeHandling = Record<string, 'null' | 'keep' | 'refuse'>

/**
 * Which records of one table come back: a key is its columns' text in the order of the table's own key; in a table without one a record is named by
 * all its columns, and naming it twice means two. `all`: whatever is missing.
 */
export const chosenRecordsSchema = z.object({
  table: z.object({ schema: z.string(), name: z.string() }),
  keys: z.union([z.literal('all'), z.array(z.array(z.string().nullable()))]),
})
export type ChosenRecords = z.infer<typeof chosenRecordsSchema>
/**
 * For the scope `put_back` alone: what comes back, or the journal of the put-back that is taken out again (its undo). Rows in conflict, and what hangs on
 * them, are left out only where that is said; else one conflict refuses all (S72).
 */
export type PutBackRequest = ({ records: ChosenRecords[] } | { undoOf: string }) & { leaveOutConflicts: boolean }

// ---- how a call is watched, stopped and fenced ----

export type Facts = Readonly<Record<string, Fact>>

export type Call = {
  idempotencyKey: string
  /** Awaited at each boundary, before it is passed. A throw from it stops the call as an abort does. */
  observe: (boundary: Boundary, detail?: Facts) => Promise<void>
  /** Cancels until the commit; later it has no effect (S60). The call then throws the signal's reason. */
  signal: AbortSignal
  /** Asked once, at the last instant before the commit or the rename: false for a worker that lost its lease (I15). */
  mayCommit: () => Promise<boolean>
}

/** Named so that progress, cancellation and the kill sweep can hang on them. In the order in which a call passes them. */
export const boundaries = {
  capture: [
    'capture.begin',
    'capture.bar',
    'capture.barred',
    'capture.create',
    'capture.created',
    'capture.bring',
    'capture.brought',
    'capture.describe',
    'capture.ready',
  ],
  inPlace: [
    'restore.check',
    'restore.begin',
    'restore.lock',
    'restore.locked',
    'restore.compare',
    'restore.apply',
    'restore.applied',
    'restore.verify',
    'restore.commit',
    'restore.committed',
    'restore.release',
  ],
  swap: [
    'swap.check',
    'swap.clone',
    'swap.cloned',
    'swap.verify',
    'swap.compare',
    'swap.carry',
    'swap.bar',
    'swap.barred',
    'swap.commit',
    'swap.committed',
    'swap.release',
  ],
  /** Beside the boundaries of either way: the tree made ready beside the portal's, and its taking that one's place, after the commit. */
  files: ['files.bring', 'files.brought', 'files.exchange', 'files.exchanged'],
  rehearse: ['rehearse.clone', 'rehearse.cloned', 'rehearse.apply'],
} as const
export type Boundary = (typeof boundaries)[keyof typeof boundaries][number]

// ---- answers ----

/** What an adapter itself says no to, beside what the engine says (`lib/difference/refusal.ts`). Facts name what would turn it into a yes. */
export const ownRefusalCodes = {
  portal_missing: "The portal's database is not there, or takes no connections.",
  snapshot_missing: "The snapshot's copy is not there, or was never finished (S107).",
  safety_copy_missing: 'There is no finished safety copy, and without one nothing is overwritten (R12, S55).',
  own_database: "This is the desk's own database, under whatever name (S106).",
  not_enough_disk:
    "The server has less free space than live, copy and safety copy need together (S51). Where facts.of is `files`, it is the place of the portal's files that has too little, where it is `copies`, the repository; facts.where names it.",
  sessions_hold_on: 'Sessions do not go when they are told to; facts.holders names them (S105).',
  prepared_transactions: 'Prepared transactions are open in the portal; somebody must commit or roll them back (S104).',
  replication_slots: 'Logical replication slots belong to the database that would be replaced, and cannot move (S104).',
  subscription_writes: 'Subscriptions belong to the database that would be replaced, and cannot move (S104).',
  schema_moved: 'What is no row has moved since the last snapshot, and sessions may not be ended now; facts.moved names it.',
  swap_loses_protected:
    'Protected data is kept otherwise in the snapshot than in live, so it cannot be carried into the database that would take its place (S64–S68); facts.tables names it.',
  swap_needs_full: 'Whole databases can only change places for a full restore.',
  programs_missing:
    'A program that the adapter starts is not on this machine, or is a version that must not be used; facts.needed and facts.how name it (S120).',
  repository_unavailable: 'The repository of archives cannot be opened or is locked; facts.because says why (S121).',
  contents_differ: 'The stored copy no longer holds what it held when it was made (S26).',
  files_unreadable: "Some of the portal's files cannot be read, so a snapshot would lack them; facts.files names them.",
  files_unusable:
    "The portal's files cannot be put back where they are; facts.because says why (another file system, no right to write beside them, a link).",
  files_unsettled:
    'A restore is committed, or may be, and the files that go with its rows have not taken their place yet; `recover` finishes it. facts.where and facts.move name them.',
  moment_out_of_reach: 'No snapshot can be made of that instant any more, or yet; facts.from and facts.to say of which it can.',
  remote_unusable:
    'The remote backup system cannot be reached, or what it answers cannot be used; facts.because says why. Nothing was committed (S119).',
  remote_unprovable:
    'What the remote would leave could not be proved by reading the portal, so it is not asked to; facts.because says why.',
  remote_unproved:
    'The remote may have committed, and what the desk reads in the portal is not what the restore point holds, or cannot be known: a person must look (S119).',
} as const

export type AdapterRefusalCode = EngineRefusalCode | keyof typeof ownRefusalCodes
export type AdapterRefusal = { code: AdapterRefusalCode; facts: EngineRefusal['facts'] }
export type Outcome<T> = ({ ok: true } & T) | { ok: false; refusal: AdapterRefusal }

/** What a snapshot holds. `checksum` is the sum of the 64-bit hashes of all rows' text under pinned settings: order and place do not matter. */
export const manifestSchema = z.object({
  version: z.literal(1),
  serverVersion: z.number(),
  /** Fingerprint of everything that is no row: tables, types, functions, views, policies, triggers, grants, comments … */
  structure: z.string(),
  tables: z.array(z.object({ schema: z.string(), table: z.string(), rows: z.number(), bytes: z.number(), checksum: z.string() })),
  /** Left out of what a snapshot can promise (unlogged, foreign), named. */
  leftOut: z.array(z.object({ schema: z.string(), table: z.string(), why: z.enum(['unlogged', 'foreign']) })),
  /** The portal's files that lie with it. Absent: none were kept. */
  files: z.object({ count: z.number(), bytes: z.number() }).optional(),
})
export type Manifest = z.infer<typeof manifestSchema>

/**
 * `portal_server`: on the server that holds the portal. `folder`: on the machine that makes the copies. `host`, `service`: another machine, a provider's
 * storage. `remote`: a system of the vendor's own, which keeps it where it likes. `name` is how people know the place, without what opens it.
 */
export const placeSchema = z.object({
  kind: z.enum(['portal_server', 'folder', 'host', 'service', 'remote', 'unknown']),
  name: z.string().nullable(),
  /** Whether losing the portal's server loses it too; `apart`: its address is none of that server's. */
  stands: z.enum(['with_server', 'apart', 'unknown']),
})
export type Place = z.infer<typeof placeSchema>

export type CaptureRequest = {
  portal: PortalRef
  /** The snapshot's id at the desk, written on the copy. */
  snapshotId: string
  purpose: 'snapshot' | 'safety'
  /** The newest ready snapshot: an online capture starts from it. Null: physical. */
  previous: SnapshotRef | null
  /**
   * Where `capabilities.anyMoment`: as the portal was at this instant (ISO, UTC), which must lie within `moments`; `moment_out_of_reach` where it no longer
   * does. The portal itself is not touched. Absent: as it is now.
   */
  at?: string
  /**
   * Copied whole although an online capture would do, where that keeps comparisons cheap: a copy that was brought up to date shares fewer of the portal's
   * blocks each day. Where sessions do not go in time, or where it makes no difference, an online capture is made. Absent: no.
   */
  afresh?: boolean
  /** Whether sessions may be ended when an online capture is not possible; `never` refuses with `schema_moved` instead. */
  mayBar: 'when_needed' | 'never'
  /** Sessions that will not go are named and the capture is given up after this. */
  barTimeoutMs: number
}
export type Captured = {
  snapshot: SnapshotRef
  way: 'physical' | 'online'
  /** Why an online capture was not possible, when one was hoped for. */
  physicalBecause: string | null
  /** How long the portal took no connections, and how many sessions ended: 0 and 0 for an online capture. */
  barredMs: number
  sessionsEnded: number
  captureMs: number
  manifest: Manifest
  /** What makes later comparisons with it cheap; opaque to the caller, who keeps it and hands it back in the `SnapshotRef`. Null: there is none; also when the same key is asked again, since it is measured once. */
  baseline: Uint8Array | null
  /** Rows by which it differs from `previous`; null without one. */
  changes: { missing: number; newer: number; changed: number } | null
  notes: string[]
}
export type FoundSnapshot = SnapshotRef & { portalId: string; purpose: 'snapshot' | 'safety'; completedAt: string; bytes: number }

export type CompareRequest = {
  portal: PortalRef
  snapshot: SnapshotRef
  /** Compare with this snapshot instead of with the live portal (another day, or the bars of the timeline). */
  against?: SnapshotRef
  scope: RestoreScope
  /** Columns by their use, so that loss can be told by person, hour and example; tables that are not named are only counted. */
  columns: TableColumns[]
  examplesPerTable: number
  edgeHandling: EdgeHandling
  putBack?: PutBackRequest
  /**
   * For a preview alone (S38): large tables whose exact comparison is not done when the time is up may be told by `Comparison.sampled`. An adapter that cannot
   * sample goes on exactly, as all do without it.
   */
  sampling?: Sampling
}
/** How far a comparison is, told after each table. An adapter that does not see its tables one by one never calls it. */
export type TellProgress = (soFar: ComparedSoFar) => void
export type TableColumns = {
  schema: string
  table: string
  whoColumn?: string
  whenColumn?: string
  titleColumn?: string
  moneyColumn?: string
  currencyColumn?: string
  /** Marks a record that the portal keeps in its own recycle bin: an instant, or a flag; asked of live alone. */
  binColumn?: string
  /** Told by `ComparedTable.stages`; an adapter that does not tell them leaves them out. */
  stageColumn?: string
}

export type ExtractRequest = {
  portal: PortalRef
  /** The snapshot that is read. */
  source: SnapshotRef
  what: ExtractedRows
}
/**
 * `difference`: rows within the scope that the source has and none of the others has as they are; the first of them says whether a row is only
 * in the source or changed there. `records`: chosen ones by their key, with `children` whatever points at them within the scope, and so on.
 */
export type ExtractedRows =
  | { kind: 'difference'; against: [SnapshotRef, ...SnapshotRef[]]; scope: RestoreScope }
  | { kind: 'records'; records: RecordKeys[]; children: boolean; scope: RestoreScope }
/** Each key names the table's key columns, or others that together are one record, with their values as text. */
export type RecordKeys = { schema: string; table: string; keys: Record<string, string>[] }
export type ExtractedTable = {
  schema: string
  table: string
  columns: ExtractedColumn[]
  /** Columns that the table has and its rows here have not, since they are withheld. */
  withheld: string[]
  rows: number
  /** About how much text its rows are, so that space can be looked for beforehand. */
  bytes: number
  read(): AsyncGenerator<ExtractedRow>
}
/** `generated` columns are computed by the database and cannot be written. `kind` is what a value is; a value is text, exact, under pinned settings. */
export type ExtractedColumn = { name: string; type: string; kind: 'number' | 'boolean' | 'json' | 'other'; generated: boolean }
export type ExtractedRow = { change: 'newer' | 'changed' | 'chosen'; values: (string | null)[] }

/**
 * The expected no of the calls that answer with data (compare, search, extract): the snapshot cannot be read, and why.
 */
export class AdapterRefused extends Error {
  override name = 'AdapterRefused'
  readonly refusal: AdapterRefusal

  constructor(refusal: AdapterRefusal) {
    super(`${refusal.code} ${JSON.stringify(refusal.facts)}`)
    this.refusal = refusal
  }
}

/** `missing`: in the snapshot, gone from live, comes back. `newer`: only in live, is wiped. `changed`: same key, goes back to what it was. */
export type Tally = { missing: number; newer: number; changed: number }
export type Comparison = {
  /** Fingerprint of exactly this difference, scope and edges included: what consent and approval are given to. */
  digest: string
  /**
   * The rows that would be wiped or overwritten, packed; opaque to the caller, kept with the consent and handed to `restore` (I4). Of a put-back, the rows
   * that come back.
   */
  wiped: Uint8Array
  /** How it was found; the answer is the same by every way (`lib/difference/difference.ts`). */
  method: CompareWay
  comparedAt: string
  durationMs: number
  /** The sum of `tables`. */
  total: Tally
  tables: ComparedTable[]
  /** Tables that were too large to be compared in time; in neither `total` nor `tables`, nor are their references counted. Absent: all were compared. */
  sampled?: SampledComparison[]
  /** References that would be left pointing at nothing, across the scope's edge or in a protected column, and what becomes of them (S71). */
  edges: DanglingEdge[]
  /** Differences of structure, in words of the catalogue (S108). Empty when the structure stands. */
  drift: string[]
  /** Why `in_place`, `swap` cannot be done now; null when it can. */
  refusals: { inPlace: AdapterRefusal | null; swap: AdapterRefusal | null }
  /** How long writers would wait (in place) and nobody could connect (swap), estimated from what is to be moved. */
  estimate: { writePauseMs: number; offlineMs: number }
  /** What people should know before they consent (S104); `notes` are what an adapter says besides, in English. */
  notices: EngineNotice[]
  notes: string[]
  /** Of a put-back and its undo. */
  putBack?: PutBackComparison
  /** What would go back if `portal.protection` did not keep it, how many number sequences go on from where they are (S70), and how many erased records stay away (S66). Absent where nothing is protected. */
  kept?: (KeptParts & { sequences: number; erased?: ErasedCounts | undefined }) | undefined
  /** How many rows would come back paused, by table (S69). Absent where nothing of the portal is outbound. */
  paused?: { schema: string; table: string; rows: number }[] | undefined
  /**
   * What becomes of the portal's files, in no row count above and in `digest` all the same. `not_kept`: the snapshot holds none, so they stay as they are. Absent where
   * the portal has no `filesPath` or the scope is not `full`.
   */
  files?: FilesComparison | 'not_kept' | undefined
}
/** Counts of files. A file is the same where kind, size, time of change, mode and the target of a link are. */
export type FilesComparison = Tally & {
  /** Of the files that would be taken away or overwritten, as they are now. */
  lostBytes: number
  /** By path below `filesPath`; at most `examplesPerTable` of a kind. */
  examples: { kind: keyof Tally; path: string; bytes: number; modifiedAt: string }[]
}
/** `path` is below `filesPath`, with `/` between its parts. */
export type LostFile = {
  path: string
  change: 'newer' | 'changed'
  bytes: number
  modifiedAt: string
  read(): AsyncIterable<Uint8Array>
}
/** What a sample says of a table: numbers within 95 % bounds, and some of the records that were met. */
export type SampledComparison = Record<keyof Tally, Estimate> & {
  schema: string
  table: string
  /** Rows of both sides that were looked at, and about how many there are. */
  rowsLookedAt: number
  rowsInAll: number
  /** Whether references to or from it were left uncounted. */
  referencesUnknown: boolean
  examples: Example[]
}
export type DanglingEdge = {
  constraint: string
  fromTable: string
  toTable: string
  rows: number
  handling: 'null' | 'keep' | 'refuse'
  /** Of protected data that stays while what it points at goes: the referencing columns. Absent for any other. */
  keptBy?: string[]
}
export type PutBackComparison = {
  /** Rows that come back by table: those asked for, what points at them, and what they need. */
  returning: { schema: string; table: string; chosen: number; children: number; parents: number }[]
  /** Each row that comes only because another needs it. */
  parents: { table: { schema: string; name: string }; row: Readonly<Record<string, string | null>>; title: string | null }[]
  /** What is in the way; of an undo, what was changed or is pointed at since. */
  conflicts: PutBackConflict[]
  /** Rows in conflict and all that hangs on them: not among those that come back (or go). */
  leftOut: { schema: string; table: string; rows: number }[]
  /** Asked for, but not missing. */
  notMissing: { table: { schema: string; name: string }; key: readonly (string | null)[] }[]
}
/** Each kind is told in `lib/difference/put-back/types.ts`; titles are what people call the two rows, where their tables have a column for it. */
export type PutBackConflict = Conflict & { title: string | null; inTheWayTitle: string | null }
/** Empty where there is nothing to hold against each other. A disagreement is a fault of the adapter. */
export type CrossCheck = { agree: boolean; ways: { method: CompareWay; digest: string; durationMs: number }[] }
export type ComparedTable = Tally & {
  schema: string
  table: string
  /** By the value of `whoColumn`, the most first; at most 50. */
  people: ({ who: string } & Tally)[]
  /** By the hour (ISO, UTC) of `whenColumn`, oldest first; at most 400. */
  hours: ({ hour: string } & Tally)[]
  /** Sum of `moneyColumn` as text, exact, whatever currency it is in. */
  money: { missing: string; newer: string } | null
  /** The same apart by the value of `currencyColumn`, by name (null where a row has none); absent without one. */
  currencies?: { currency: string | null; missing: string; newer: string }[] | undefined
  /** By the value of `stageColumn`; absent without one. */
  stages?: ({ stage: string } & Record<keyof Tally, Worth>)[]
  examples: Example[]
}
/** Rows and the exact sum of their `moneyColumn`, for each currency (null where no column tells it). Of changed rows only those that reached the stage since. */
export type Worth = { rows: number; money: { currency: string | null; sum: string }[] }
export type Example = {
  kind: 'missing' | 'newer' | 'changed'
  key: Record<string, string | null> | null
  title: string | null
  who: string | null
  when: string | null
  money: string | null
}

export type PausedRequest = { portal: PortalRef; snapshot: SnapshotRef; safety: SnapshotRef; scope: RestoreScope }
/** Keys and values are text, in the order of `key` and `columns`; `set` is what the restore gives the columns, `was` what they had in the snapshot. */
export const pausedTableSchema = z.object({
  schema: z.string(),
  table: z.string(),
  key: z.array(z.string()),
  columns: z.array(z.object({ name: z.string(), set: z.string().nullable() })),
  rows: z.array(z.object({ key: z.array(z.string()), was: z.array(z.string().nullable()) })),
})
export type PausedTable = z.infer<typeof pausedTableSchema>
export type ReleaseCall = {
  signal: AbortSignal
  keep: (tables: ReleasedTable[], trace: Extract<RestoreTrace, { way: 'in_place' }>) => Promise<boolean>
}
/** `changed`: still there, and no longer what was set for it; `gone`: the row, its table or its columns. */
export type ReleasedTable = { schema: string; table: string; released: number; changed: number; gone: number }

export type SearchRequest = {
  portal: PortalRef
  scope: RestoreScope
  /** Looked through beside the live portal, the newest first. */
  points: SnapshotRef[]
  /** Each must occur in a record's text, in whatever column; case and accents do not matter, and no character is special. */
  words: string
  /** As in a comparison; in the order in which their tables are looked through, all others after them. */
  columns: TableColumns[]
  /** Where the portal writes down who deleted what, if it does. */
  trail: DeletionTrail | null
  /** Records that are gone go before those that are not; beyond this many `truncated` is said. */
  limit: number
  timeLimitMs: number
}
export type DeletionTrail = {
  schema: string
  table: string
  actionColumn: string
  /** Holds the name of the record's table. */
  entityColumn: string
  keyColumn: string
  whoColumn: string
  whenColumn: string
}
export type Found = {
  records: FoundRecord[]
  truncated: boolean
  /** Tables that were not looked through everywhere, named. `no_key`: its records cannot be told apart; `not_kept`: no snapshot holds it. */
  leftOut: { schema: string; table: string; why: 'too_slow' | 'not_reached' | 'no_key' | 'not_kept' | 'unreadable' }[]
  /** Snapshots that could not be searched, and why: `because` is for the operator. `failed`: reading it broke off. The others are told of all the same. */
  unread: { id: string; why: 'encoding' | 'damaged' | 'failed'; because: string }[]
  searchedAt: string
  durationMs: number
}
export type FoundRecord = {
  schema: string
  table: string
  key: Record<string, string>
  /** As the newest place that has the words tells it. */
  title: string | null
  who: string | null
  when: string | null
  /** Whether the `crm` scope holds it. */
  inCrm: boolean
  /** Null where the portal could not be asked for it. */
  live: boolean | null
  presentIn: string[]
  /** Snapshots that could not be asked for it. */
  unknownIn: string[]
  /** The newest snapshot that has it otherwise than live does; null where nothing says so. */
  changedSince: string | null
  deleted: { who: string | null; when: string | null } | null
  /** Where `live` has it in the portal's own recycle bin (`binColumn`), since when (the column's text; null where it does not tell). Null: not there, or the adapter does not tell. */
  inBin: { since: string | null } | null
}

export type RestoreRequest = {
  portal: PortalRef
  snapshot: SnapshotRef
  /** R12: there is no restore without one. Verified by the caller beforehand. */
  safety: SnapshotRef
  scope: RestoreScope
  way: RestoreWay
  edgeHandling: EdgeHandling
  /** What was consented to, as `Comparison.wiped` had it: no other row is wiped or changed, beyond `toleranceRows` (I4, R11). */
  consented: { digest: string; wiped: Uint8Array; toleranceRows: number }
  /**
   * An empty directory of this run's own, kept by the caller until the undo window is over: what is overwritten is written there first.
   * A rehearsal's lies below it and goes at the rehearsal's end.
   */
  journalDirectory: string
  /** Undo only: the journal of the restore that is undone, whose nulled references are given back. A put-back's undo names it in `putBack`. */
  giveBackFrom: string | null
  putBack?: PutBackRequest
  limits: {
    /** How long to queue for the locks (or for sessions to end) before giving up, naming who blocks (S52). */
    lockWaitMs: number
    /** Watchdog: held longer than this without a commit, the restore rolls back (S52). */
    lockHeldMs: number
  }
}
export type Rehearsed = { writePauseMs: number; offlineMs: number; rowsMoved: number; notes: string[] }
export type Restored = {
  /** Null when there was nothing to do. */
  trace: RestoreTrace | null
  total: Tally
  tables: (Tally & { schema: string; table: string })[]
  writePauseMs: number
  offlineMs: number
  edges: { constraint: string; rows: number; handling: 'null' | 'keep' }[]
  sequences: { sequence: string; from: string; to: string }[]
  /** Swap only: the replaced database, kept as a snapshot until pruned. */
  replaced: SnapshotRef | null
  /** Files that came back, went and changed. Absent: none were moved. */
  files?: Tally | undefined
  notes: string[]
}

/** Kept by the caller from the details of `restore.begin` and `swap.commit`: enough to learn the outcome after any crash. */
export const restoreTraceSchema = z.discriminatedUnion('way', [
  z.object({ way: z.literal('in_place'), xid: z.string(), pid: z.number(), backendStart: z.string() }),
  z.object({
    way: z.literal('swap'),
    xid: z.string(),
    pid: z.number(),
    backendStart: z.string(),
    liveOid: z.number(),
    cloneOid: z.number(),
    liveName: z.string(),
    cloneName: z.string(),
    keptName: z.string(),
    /** What the clone was when it had been made and not written to (`Origin` of `lib/difference/compare/baseline.ts`), for `rebaseline`; runs of before have none. */
    systemIdentifier: z.string().nullable().default(null),
    horizon: z.string().nullable().default(null),
    timeline: z.number().nullable().default(null),
    startLsn: z.string().nullable().default(null),
  }),
  /** A backup system elsewhere does it: `xid` is its operation, and no backend of ours is there to be ended (pid 0). */
  z.object({
    way: z.literal('remote'),
    xid: z.string(),
    pid: z.literal(0),
    backendStart: z.literal(''),
    scope: z.enum(['crm', 'full']),
    /** Fingerprint of what the scope's tables hold once it is done. */
    expected: z.string(),
  }),
])
export type RestoreTrace = z.infer<typeof restoreTraceSchema>
export type BackendRef = { pid: number; backendStart: string }
/** `unknown`: the server no longer remembers (very old transaction) or neither database is there: a person must look. */
export type Fate = 'committed' | 'rolled_back' | 'in_progress' | 'unknown'

export type RebaselineRequest = {
  portal: PortalRef
  trace: Extract<RestoreTrace, { way: 'swap' }>
  restored: SnapshotRef
  snapshot: SnapshotRef
  /** Of `snapshot`. */
  manifest: Manifest
}

export type Verification = { ok: true } | { ok: false; problems: { schema: string; table: string; problem: string }[] }

export type RecoverRequest = {
  /** The caller holds this portal's lease: whoever else works on it is a dead call, and is ended. Other portals are not touched. */
  portal: PortalRef
  /** Copies the caller knows as finished: whatever else is half-made and ours is removed. */
  keep: SnapshotRef[]
  /** Databases (portals and copies) that a live call is working on right now: left alone. */
  busy: string[]
}
export type Recovered = {
  barsLifted: string[]
  removed: { databaseName: string; why: string }[]
  /** Finished copies that `keep` does not name: the caller crashed before writing them down. Left as they are; `prune` removes them. */
  unclaimed: FoundSnapshot[]
  notes: string[]
  /** What was committed and could not be finished, or may have been: a person must look, and no restore may be told as done before. Absent: nothing. */
  unsettled?: string[]
}

export type DeletionCounts = {
  /** Opaque to the caller, who keeps it and hands it back with the next call. */
  mark: string
  /** Tables of which rows went, and nothing else. Null where it cannot be told: the first call, or another database stands in the portal's place. */
  deleted: { schema: string; table: string; rows: number; inCrm: boolean }[] | null
}

export type DatabaseIdentity = { systemIdentifier: string; databaseOid: number }
export type Health = {
  ok: boolean
  serverVersion: number
  identity: DatabaseIdentity | null
  /** Each in words: what is missing, what it is needed for, the statement that gives it. */
  problems: { code: AdapterRefusalCode; words: string }[]
  /** Things to know before consent that do not stop anything (subscriptions, slots, stale collations …). */
  notes: string[]
  disk: { databaseBytes: number; neededBytes: number; freeBytes: number | null; freeKnownBecause: string }
}
