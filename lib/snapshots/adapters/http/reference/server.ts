import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { z } from 'zod'
import { AdapterRefused, restoreTraceSchema, type SnapshotAdapter } from '../../../port.ts'
import { portalSchema, protocolVersion, requests } from '../protocol.ts'
import { isSignedBy, replayWindowSeconds, signatureHeaders } from '../signature.ts'
import type { KeepsMoments } from './moments/moments.ts'
import { Operations, type Settle, type Work } from './operations.ts'
import { Performer } from './perform.ts'
import { Spool } from './spool.ts'
import { Store } from './store.ts'

export type ReferenceOptions = {
  /** What keeps the snapshots. */
  adapter: SnapshotAdapter
  /** Connection of the role that captures and restores, to any database of the portals' server. */
  adminUrl: string
  secret: string
  /** Operations, manifests and journals are kept here. */
  directory: string
  host?: string
  port?: number
  patienceMs?: number
  bodyBytes?: number
  /** Of an extract, at most. */
  pageRows?: number
  /** What goes back to any moment; started and stopped by whoever gives it. Null: nothing does. */
  moments?: KeepsMoments | null
}
export type ReferenceServer = { url: string; stop: () => Promise<void> }

const LONGEST_WAIT_MS = 30_000

/**
 * The protocol's other side, in front of an adapter of the desk's: a vendor replaces `perform.ts` by what its own system does and keeps the rest. Every
 * request is signed, fresh and new, or is answered 401 and does nothing.
 */
export async function startReferenceServer(options: ReferenceOptions): Promise<ReferenceServer> {
  const store = await Store.open(options.directory)
  const patienceMs = options.patienceMs ?? 60_000
  // Whoever reads rows does something with them in between.
  const spool = await Spool.open(options.directory, { pageRows: options.pageRows ?? 1_000, patienceMs: 10 * patienceMs })
  const performer = new Performer(options.adapter, options.adminUrl, { store, spool, moments: options.moments ?? null })
  const settle = settleBy(performer)
  const operations = new Operations(store, settle, patienceMs)
  for (const kept of await store.unfinished()) await store.keep(await settle(kept, 'failed', 'the server was restarted'))
  const desk = new Doorman(options.secret)
  const can = [...abilities, ...(options.moments ? ['moments'] : [])]
  const server = createServer((incoming, outgoing) => {
    answer(incoming, { desk, store, spool, operations, performer, can, bodyBytes: options.bodyBytes ?? 64 * 1024 * 1024 }).then(
      (given) => write(outgoing, given),
      (cause: unknown) => write(outgoing, problemOf(cause)),
    )
  })
  server.requestTimeout = 60_000
  const listening = Promise.withResolvers<void>()
  server.once('error', listening.reject)
  server.listen(options.port ?? 0, options.host ?? '127.0.0.1', listening.resolve)
  await listening.promise
  const { address, family, port } = addressOf(server.address())
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    stop: async () => {
      await operations.endAll(null)
      const closed = Promise.withResolvers<void>()
      server.close(() => closed.resolve())
      server.closeAllConnections()
      await closed.promise
      await spool.close()
    },
  }
}

type Given = { status: number; body?: unknown }
type Desk = {
  desk: Doorman
  store: Store
  spool: Spool
  operations: Operations
  performer: Performer
  can: string[]
  bodyBytes: number
}

/** A no to a request, told as a problem document (RFC 9457). */
class No extends Error {
  readonly status: number

  constructor(status: number, words: string) {
    super(words)
    this.status = status
  }
}

async function answer(incoming: IncomingMessage, desk: Desk): Promise<Given> {
  const body = await readBody(incoming, desk.bodyBytes)
  desk.desk.letIn(incoming, body)
  const url = new URL(incoming.url ?? '/', 'http://localhost')
  const at = url.pathname.split('/').slice(1).map(decodeURIComponent)
  const [room = '', name = '', rest = ''] = at
  const asked = { query: url.searchParams, body, key: incoming.headers['idempotency-key'] }
  switch (`${incoming.method} /${[room, ...(at.length > 1 ? ['…'] : []), ...(at.length > 2 ? [rest] : [])].join('/')}`) {
    case 'GET /capabilities':
      return { status: 200, body: { protocol: protocolVersion, name: 'Restore Desk reference server', can: desk.can } }
    case 'GET /portals/…/snapshots':
      return { status: 200, body: { snapshots: await desk.performer.list(portalOf(asked.query)) } }
    case 'GET /portals/…/moments':
      return { status: 200, body: await desk.performer.moments(portalOf(asked.query)) }
    case 'POST /portals/…/snapshots':
      return begin(desk, asked, requests.capture, 'capture', (request) => desk.performer.capture(request), name)
    case 'POST /portals/…/recoveries':
      return begin(
        desk,
        asked,
        requests.recovery,
        'recovery',
        (request, id) => desk.performer.recovery(request, () => desk.operations.endAll(request.portal.id, id)),
        name,
      )
    case 'POST /comparisons':
      return begin(desk, asked, requests.comparison, 'comparison', (request) => desk.performer.comparison(request))
    case 'POST /extracts':
      return begin(desk, asked, requests.extract, 'extract', (request) => desk.performer.extract(request))
    case 'GET /extracts/…/tables': {
      const after = numberOf(asked.query, 'after')
      const page = await desk.spool.page(name, Number(at[3]), after)
      if (!page) throw new No(404, `no rows after ${after} of table ${at[3]} of extract ${name}`)
      return { status: 200, body: page }
    }
    case 'DELETE /extracts/…':
      await desk.spool.drop(name)
      return { status: 204 }
    case 'POST /measurements':
      return begin(desk, asked, requests.measurement, 'measurement', (request) => desk.performer.measurement(request))
    case 'POST /restores':
      return begin(desk, asked, requests.restore, 'restore', (request) => desk.performer.restore(request))
    case 'GET /snapshots/…/manifest': {
      const manifest = await desk.store.readManifest(name)
      if (!manifest) throw new No(404, `no snapshot ${name}`)
      return { status: 200, body: manifest }
    }
    case 'DELETE /snapshots/…':
      await desk.performer.prune(portalOf(asked.query), name)
      return { status: 204 }
    case 'GET /operations/…': {
      const found = await desk.operations.look(
        name,
        numberOf(asked.query, 'after'),
        Math.min(numberOf(asked.query, 'waitMs'), LONGEST_WAIT_MS),
      )
      if (!found) throw new No(404, `no operation ${name}`)
      return { status: 200, body: found }
    }
    case 'POST /operations/…/pass': {
      const { step, commit } = parse(requests.pass, asked.body)
      desk.operations.pass(name, step, commit ?? true)
      return { status: 204 }
    }
    case 'POST /operations/…/cancel':
      desk.operations.cancel(name)
      return { status: 202 }
    default:
      throw new No(404, `${incoming.method} ${url.pathname} is not offered`)
  }
}

const abilities = ['capture', 'compare', 'restore', 'undo', 'rehearse', 'verify', 'extract']

async function begin<S extends z.ZodType<{ portal: { id: string } }>>(
  { operations }: Desk,
  { body, key }: { body: Buffer; key: string | string[] | undefined },
  shape: S,
  kind: string,
  work: (request: z.output<S>, id: string) => Work,
  portalInPath?: string,
): Promise<Given> {
  if (typeof key !== 'string' || key === '' || key.length > 200)
    throw new No(400, 'an Idempotency-Key of 1 to 200 characters is needed')
  const request = parse(shape, body)
  const { id: portalId } = request.portal
  if (portalInPath !== undefined && portalInPath !== portalId)
    throw new No(400, `the path names ${portalInPath}, the body ${portalId}`)
  const asked = createHash('sha256').update(body).digest('hex')
  const begun = await operations.begin(key, { kind, portalId, asked }, (call) => work(request, call.idempotencyKey)(call))
  if (begun === 'other_question') throw new No(422, 'this Idempotency-Key was given for another question')
  return { status: begun.fresh ? 202 : 200, body: { operationId: begun.id } }
}

/** Who may come in: signed by the secret, at about this time, and not once more. */
class Doorman {
  readonly #secret: string
  readonly #seen = new Map<string, number>()

  constructor(secret: string) {
    this.#secret = secret
  }

  letIn({ headers, method = '', url = '' }: IncomingMessage, body: Buffer): void {
    const [id, at, signature] = [signatureHeaders.id, signatureHeaders.timestamp, signatureHeaders.signature].map(
      (name) => headers[name],
    )
    const timestamp = Number(at)
    const now = Math.floor(Date.now() / 1000)
    if (typeof id !== 'string' || typeof signature !== 'string' || !Number.isSafeInteger(timestamp))
      throw new No(401, 'not signed')
    if (Math.abs(now - timestamp) > replayWindowSeconds) throw new No(401, 'the timestamp is too far from now')
    if (!isSignedBy(this.#secret, { id, timestamp, method, path: url, body }, signature))
      throw new No(401, 'the signature is wrong')
    for (const [known, until] of this.#seen) if (until < now) this.#seen.delete(known)
    if (this.#seen.has(id)) throw new No(401, 'this request was sent before')
    this.#seen.set(id, timestamp + replayWindowSeconds)
  }
}

const ASK_AGAIN_MS = 100

/** What became of an operation that broke off: a restore is asked about where it happened, never guessed (S50). */
function settleBy(performer: Performer): Settle {
  return async (kept, outcome, error) => {
    const trace = restoreTraceSchema.safeParse(kept.trace)
    let fate = trace.success ? await performer.whatBecame(trace.data) : 'rolled_back'
    while (trace.success && fate === 'in_progress') {
      await pause(ASK_AGAIN_MS)
      fate = await performer.whatBecame(trace.data)
    }
    if (fate === 'rolled_back') return { ...kept, outcome, error }
    const nothing = { missing: 0, newer: 0, changed: 0 }
    const notes = [`it was committed, and broke off (${error}): how many rows were moved is not known`]
    const result = { total: nothing, tables: [], writePauseMs: 0, edges: [], sequences: [], notes }
    // Unknown stays as it is: whoever asks hears that it is not over, and in the end that nobody knows.
    return fate === 'committed' ? { ...kept, outcome: 'done', result } : kept
  }
}

function portalOf(query: URLSearchParams) {
  const asked = { id: query.get('portal') ?? query.get('id'), databaseName: query.get('database') }
  const parsed = portalSchema.pick({ id: true, databaseName: true }).safeParse(asked)
  if (!parsed.success) throw new No(400, 'name the portal and its database: ?portal=…&database=…')
  return { ...parsed.data, scopePatterns: { schemas: [], tables: [] } }
}

function numberOf(query: URLSearchParams, name: string): number {
  const value = Number(query.get(name) ?? 0)
  if (!Number.isSafeInteger(value) || value < 0) throw new No(400, `${name} is no number`)
  return value
}

function parse<S extends z.ZodType>(shape: S, body: Buffer): z.output<S> {
  let written: unknown
  try {
    written = JSON.parse(body.toString())
  } catch {
    throw new No(400, 'the body is not JSON')
  }
  const parsed = shape.safeParse(written)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new No(400, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'another shape'}`)
}

async function readBody(incoming: IncomingMessage, atMost: number): Promise<Buffer> {
  const pieces: Buffer[] = []
  let read = 0
  for await (const piece of incoming as AsyncIterable<Buffer>) {
    read += piece.length
    if (read > atMost) throw new No(413, `larger than ${atMost} bytes`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

function problemOf(cause: unknown): Given {
  if (cause instanceof No) return { status: cause.status, body: { title: 'refused', detail: cause.message } }
  if (cause instanceof AdapterRefused)
    return { status: 409, body: { title: 'refused', detail: cause.message, refusal: cause.refusal } }
  return { status: 500, body: { title: 'failed', detail: cause instanceof Error ? cause.message : String(cause) } }
}

function write(outgoing: ServerResponse, { status, body }: Given): void {
  const type = status >= 400 ? 'application/problem+json' : 'application/json'
  outgoing.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' })
  outgoing.end(body === undefined ? '' : JSON.stringify(body))
}

function addressOf(bound: AddressInfo | string | null): AddressInfo {
  if (bound === null || typeof bound === 'string') throw new Error('the server is bound to no port')
  return bound
}
