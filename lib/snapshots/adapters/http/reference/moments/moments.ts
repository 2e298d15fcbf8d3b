import { createHash } from 'node:crypto'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import { reaches, type ServerUser, serverUser } from '#db/embedded-place.ts'
import type { Call, Captured, CaptureRequest, Outcome, PortalRef } from '../../../../port.ts'
import { captureBy } from '../../../postgres/capture.ts'
import type { Copied } from '../../../postgres/capture-physical.ts'
import { carryDatabaseSettings, createEmptyCopy, withCopy } from '../../../postgres/copies.ts'
import type { Marker } from '../../../postgres/marker.ts'
import { type Base, needless, readBases, removeHalves, takeBase } from './bases.ts'
import { bringDatabase } from './bring-database.ts'
import { makeOwn } from './own-directory.ts'
import { PortalDatabases } from './portal-databases.ts'
import { findMomentPrograms, type MomentPrograms } from './programs.ts'
import { Receiver } from './receiver.ts'
import { EndedBefore, removeLeftServers, scratchSpace, withServerAt } from './scratch-server.ts'
import { segmentsBefore, unbrokenFrom } from './segments.ts'
import { commitNow, hasReceived, isReceiving, makeSlot, readServer, slotHolds, type WatchedServer } from './watched-server.ts'

export type MomentsOptions = {
  /** A superuser, or a role with REPLICATION, of the server whose moments are kept. */
  adminUrl: string
  /** Base backups and WAL are kept here, and scratch servers run here; nobody else's. */
  directory: string
  /** How far back at most. */
  retentionMs?: number
  /** Where PostgreSQL's programs are looked for; the usual places unless told. */
  programDirectories?: string[]
}
/** What the server asks of it. */
export type KeepsMoments = Pick<Moments, 'range' | 'note' | 'capture'>
type Range = { from: string; to: string }
type Momentary = CaptureRequest & { at: string }

/** What belongs together: one server's files and WAL on one timeline. Nothing leads from one to another. */
type Line = { systemIdentifier: string; timeline: string; home: string; wal: string; bases: string; receiver: Receiver }

const WEEK_MS = 7 * 24 * 3_600_000
const RECEIVED_WITHIN_MS = 30_000
const LOOK_EVERY_MS = 100

/**
 * PostgreSQL's own way back to any moment: a base backup now and then, all WAL since the oldest of them, and for each restore point that is asked for a scratch server
 * that is brought from a base to the instant. What is then kept is an ordinary copy beside the portal.
 */
export class Moments {
  readonly #options: MomentsOptions
  readonly #programs: MomentPrograms
  readonly #user: ServerUser
  readonly #retentionMs: number
  readonly #slot: string
  readonly #portals: PortalDatabases
  readonly #stopped = new AbortController()
  #line: Line | null = null
  #keeping: Promise<void> = Promise.resolve()
  /** Captures that read bases and WAL just now: nothing is thrown away meanwhile. */
  #readers = 0

  private constructor(options: MomentsOptions, programs: MomentPrograms, user: ServerUser) {
    this.#options = options
    this.#programs = programs
    this.#user = user
    this.#retentionMs = options.retentionMs ?? WEEK_MS
    this.#slot = `restore_desk_${createHash('sha256').update(options.directory).digest('hex').slice(0, 12)}`
    this.#portals = new PortalDatabases(options.directory)
  }

  /** Ends and removes what a kill left, too. Where moments cannot be kept here at all, why. Nothing is kept yet: see `keep`. */
  static async open(options: MomentsOptions): Promise<{ ok: true; moments: Moments } | { ok: false; because: string }> {
    const { adminUrl, directory } = options
    const { version, tablespaces } = await readServer(adminUrl)
    const found = await findMomentPrograms(version, options.programDirectories)
    if (!found.ok) return found
    if (tablespaces.length > 0)
      return { ok: false, because: `the server has tablespaces of its own, which are not kept: ${tablespaces.join(', ')}` }
    const user = serverUser()
    await makeOwn(directory, user)
    if (!reaches(user, directory)) return { ok: false, because: `the user of PostgreSQL's programs cannot enter ${directory}` }
    const moments = new Moments(options, found.programs, user)
    await makeOwn(moments.#scratch, user)
    await removeLeftServers(moments.#scratch, found.programs, user)
    return { ok: true, moments }
  }

  get #scratch(): string {
    return join(this.#options.directory, 's')
  }

  /** The name of the slot by which the server keeps what is not received yet; to be dropped by hand when no moments are wanted any more. */
  get slot(): string {
    return this.#slot
  }

  /** Receives, renews the base where it is due, throws away what is no longer needed. To be called again and again; one after the other. Throws with the reason. */
  keep(): Promise<void> {
    const keeping = this.#keeping.then(() => this.#keepNow())
    this.#keeping = keeping.catch(() => undefined)
    return keeping
  }

  /** Of which instants the portal's server can make a copy of the portal now; else why of none. */
  async range(portal: PortalRef): Promise<{ moments: Range } | { moments: null; because: string }> {
    const found = await this.#find(portal)
    return 'because' in found ? { moments: null, because: found.because } : { moments: found.range }
  }

  /** Notes which database the portal is, so that it is known again at another moment. */
  async note(portal: PortalRef): Promise<void> {
    await this.#portals.note(portal)
  }

  /** The portal as it was before the first commit that is not older than `at`: a finished copy beside it, marked like any other. */
  async capture(request: Momentary, call: Call): Promise<Outcome<Captured>> {
    this.#readers += 1
    try {
      // It differs from nothing that was captured at another time in a way that would mean anything.
      return await captureBy({ ...request, previous: null }, call, (admin, { portal }, steered, copy) =>
        this.#bring(admin, { portal, at: request.at }, steered, copy),
      )
    } finally {
      this.#readers -= 1
    }
  }

  async stop(): Promise<void> {
    this.#stopped.abort(new Error('the server stops'))
    await this.#keeping
    await this.#line?.receiver.stop()
  }

  async #keepNow(): Promise<void> {
    this.#stopped.signal.throwIfAborted()
    const { adminUrl } = this.#options
    const server = await readServer(adminUrl)
    if (this.#line === null || !isOf(this.#line, server)) await this.#begin(server)
    const line = this.#line
    if (line === null) throw new Error('no line was begun')
    if (!(await slotHolds(adminUrl, this.#slot))) await this.#beginAnew(line)
    line.receiver.keepRunning()
    // A base leads nowhere without what comes after it: where nothing is received, none is made.
    await this.#untilReceiving(line)
    const newest = (await this.#reachable(line, server)).at(-1)
    const due = newest === undefined || server.now.getTime() - newest.endedAt.getTime() >= this.#retentionMs / 2
    const run = { user: this.#user, signal: this.#stopped.signal }
    if (due) await takeBase(line.bases, { adminUrl, programs: this.#programs, run })
    if (this.#readers === 0) await this.#throwAway(line, await readServer(adminUrl))
  }

  /** A server of another identity or timeline: nothing that was kept leads there. */
  async #begin(server: WatchedServer): Promise<void> {
    await this.#line?.receiver.stop()
    this.#line = null
    const { directory, adminUrl } = this.#options
    const lines = join(directory, 'lines')
    const name = `${server.systemIdentifier}-${server.timeline}`
    const home = join(lines, name)
    const [wal, bases] = [join(home, 'wal'), join(home, 'bases')]
    for (const path of [lines, home, wal, bases]) await makeOwn(path, this.#user)
    await removeHalves(bases)
    for (const other of await readdir(lines)) if (other !== name) await rm(join(lines, other), { recursive: true, force: true })
    const receiver = new Receiver({ adminUrl, programs: this.#programs, user: this.#user, slot: this.#slot, directory: wal })
    this.#line = { systemIdentifier: server.systemIdentifier, timeline: server.timeline, home, wal, bases, receiver }
  }

  /** The server no longer keeps what comes after that which was received, so what is here leads nowhere. */
  async #beginAnew({ receiver, wal, bases }: Line): Promise<void> {
    await receiver.stop()
    for (const path of [wal, bases]) {
      await rm(path, { recursive: true, force: true })
      await makeOwn(path, this.#user)
    }
    await makeSlot(this.#options.adminUrl, this.#slot)
  }

  async #untilReceiving({ receiver }: Line): Promise<void> {
    const { adminUrl } = this.#options
    const until = performance.now() + RECEIVED_WITHIN_MS
    const received = receiver.isProved
      ? () => isReceiving(adminUrl, this.#slot)
      : await commitNow(adminUrl).then((lsn) => () => hasReceived(adminUrl, this.#slot, lsn))
    while (!(await received())) {
      const { because } = receiver
      if (because !== null || performance.now() > until)
        throw new Error(`nothing is received: ${because ?? 'it has not come as far as now'}`)
      await pause(LOOK_EVERY_MS, undefined, { signal: this.#stopped.signal })
    }
    receiver.isProved = true
  }

  /** What leads to no moment that is offered, and bases behind a piece of WAL that is missing. */
  async #throwAway(line: Line, server: WatchedServer): Promise<void> {
    const { now, segmentBytes } = server
    const [bases, reachable] = [await readBases(line.bases), await this.#reachable(line, server)]
    const horizon = new Date(now.getTime() - this.#retentionMs)
    const needed = reachable.filter((base) => !needless(reachable, horizon).includes(base))
    const gone = bases.filter(({ name }) => !needed.some((base) => base.name === name))
    for (const { name } of gone) await rm(join(line.bases, name), { recursive: true, force: true })
    const [oldest] = needed
    if (!oldest) return
    for (const name of await segmentsBefore(line.wal, oldest.firstSegment, segmentBytes)) await rm(join(line.wal, name))
  }

  /** Bases from which no WAL is missing, the oldest first. */
  async #reachable(line: Line, server: WatchedServer): Promise<Base[]> {
    const unbroken = await unbrokenFrom(line.wal, server)
    return unbroken === null ? [] : (await readBases(line.bases)).filter(({ firstSegment }) => firstSegment >= unbroken)
  }

  async #find(
    portal: PortalRef,
  ): Promise<{ because: string } | { range: Range; bases: Base[]; line: Line; server: WatchedServer }> {
    const { adminUrl } = this.#options
    const server = await readServer(adminUrl)
    const line = this.#line
    if (line === null || !isOf(line, server)) return { because: 'what was kept is of another server or timeline than this one' }
    const database = await this.#portals.note(portal)
    if (!database) return { because: `the server has no database ${portal.databaseName}` }
    if (!(await isReceiving(adminUrl, this.#slot)))
      return { because: line.receiver.because ?? 'nobody receives what the server writes' }
    const bases = await this.#reachable(line, server)
    const [oldest] = bases
    if (!oldest) return { because: 'there is no base backup yet' }
    const horizon = new Date(server.now.getTime() - this.#retentionMs)
    const from = [oldest.endedAt, horizon, database.since ?? horizon].reduce((one, other) => (other > one ? other : one))
    if (from > server.now) return { because: 'there is nothing to go back to yet' }
    return { range: { from: from.toISOString(), to: server.now.toISOString() }, bases, line, server }
  }

  async #bring(
    admin: pg.Client,
    { portal, at }: { portal: PortalRef; at: string },
    call: Call,
    { name, marker }: { name: string; marker: Marker },
  ): Promise<Outcome<Copied>> {
    const found = await this.#find(portal)
    const range = 'range' in found ? found.range : { from: null, to: null }
    const outOfReach = (because: string): Outcome<Copied> => ({
      ok: false,
      refusal: { code: 'moment_out_of_reach', facts: { at, ...range, because } },
    })
    if ('because' in found) return outOfReach(found.because)
    const { bases, line, server } = found
    const wanted = new Date(at)
    const base = bases.findLast(({ endedAt }) => endedAt <= wanted)
    if (!base || at < found.range.from || at > found.range.to) return outOfReach('it is not within what is kept')
    const { neededBytes, freeBytes } = await scratchSpace(this.#scratch, base)
    if (freeBytes < neededBytes) return { ok: false, refusal: { code: 'not_enough_disk', facts: { neededBytes, freeBytes } } }
    await this.#waitUntilReceived(call.signal)
    await call.observe('capture.create', { databaseName: name })
    const tell = (doing: string) => call.observe('capture.bring', { doing })
    const going = { base, at, walDirectory: line.wal, programs: this.#programs, user: this.#user, server, tell }
    try {
      return await withServerAt(this.#scratch, going, call.signal, async (superUrl) => {
        const databaseName = await this.#portals.find(portal, superUrl)
        if (databaseName === null) return outOfReach('the portal was no database of this server then')
        await createEmptyCopy(admin, { name, like: portal.databaseName, marker })
        const bringing = {
          programs: this.#programs,
          from: { superUrl, databaseName },
          into: { portal, databaseName: name },
          tell,
        }
        await withCopy(portal.adminUrl, name, () => bringDatabase(bringing, call.signal))
        await carryDatabaseSettings(admin, portal.databaseName, name)
        await call.observe('capture.brought')
        return { ok: true, ...quietly }
      })
    } catch (cause) {
      if (cause instanceof EndedBefore) return outOfReach(cause.message)
      throw cause
    }
  }

  /** All that was committed until now lies here, and a commit after it. */
  async #waitUntilReceived(signal: AbortSignal): Promise<void> {
    const { adminUrl } = this.#options
    const lsn = await commitNow(adminUrl)
    const until = performance.now() + RECEIVED_WITHIN_MS
    while (!(await hasReceived(adminUrl, this.#slot, lsn))) {
      if (performance.now() > until) throw new Error(`what the server wrote was not received within ${RECEIVED_WITHIN_MS} ms`)
      await pause(LOOK_EVERY_MS, undefined, { signal })
    }
  }
}

const isOf = (line: Line, server: WatchedServer) =>
  line.systemIdentifier === server.systemIdentifier && line.timeline === server.timeline

/** Nobody of the portal notices anything. */
const quietly = { way: 'online', physicalBecause: null, barredMs: 0, sessionsEnded: 0, lineage: null, changes: null } as const
