import { request as overHttp } from 'node:http'
import { request as overHttps } from 'node:https'
import { addressOf, isPublic, PrivateAddress, publicLookup } from './private-network.ts'
import { PassingProblem, RemoteProblem } from './problem.ts'
import { limitsOf, type Remote } from './remote.ts'
import { sign, signatureHeaders } from './signature.ts'

export type Sent = { method: 'GET' | 'POST' | 'DELETE'; path: string; body?: unknown; key?: string }
export type Answer = { status: number; json: unknown }

/**
 * One signed request and its answer as JSON, within the remote's limits of time and size. Node's own client and not `fetch`, since the address must be
 * judged at the instant of connecting (S119) and nothing may be followed or unpacked: a redirect and a compressed answer are refused as they are.
 * Throws a `RemoteProblem`; a `PassingProblem` where the connection broke or the answer did not come.
 */
export async function send(remote: Remote, sent: Sent, signal?: AbortSignal): Promise<Answer> {
  signal?.throwIfAborted()
  const { answerMs } = limitsOf(remote)
  const overdue = AbortSignal.timeout(answerMs)
  try {
    return await exchange(remote, sent, signal ? AbortSignal.any([overdue, signal]) : overdue)
  } catch (cause) {
    signal?.throwIfAborted()
    if (cause instanceof RemoteProblem) throw cause
    if (cause instanceof PrivateAddress) throw new RemoteProblem(cause.message)
    if (overdue.aborted) throw new PassingProblem(`no whole answer within ${answerMs} ms`)
    throw new PassingProblem(cause instanceof Error ? `${cause.message}`.slice(0, 300) : String(cause))
  }
}

function exchange(remote: Remote, { method, path, body, key }: Sent, signal: AbortSignal): Promise<Answer> {
  const url = new URL(`${remote.url.replace(/\/$/, '')}${path}`)
  const address = addressOf(url)
  if (!remote.privateNetwork) {
    if (url.protocol !== 'https:') throw new RemoteProblem('the address is not https')
    if (address !== null && !isPublic(address)) throw new PrivateAddress(url.hostname)
  }
  const content = Buffer.from(body === undefined ? '' : JSON.stringify(body))
  const [id, timestamp] = [crypto.randomUUID(), Math.floor(Date.now() / 1000)]
  const options = {
    method,
    signal,
    agent: false,
    headers: {
      accept: 'application/json',
      'accept-encoding': 'identity',
      'content-type': 'application/json',
      'content-length': content.length,
      [signatureHeaders.id]: id,
      [signatureHeaders.timestamp]: timestamp,
      [signatureHeaders.signature]: sign(remote.secret, {
        id,
        timestamp,
        method,
        path: url.pathname + url.search,
        body: content,
      }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    ...(remote.privateNetwork ? {} : { lookup: publicLookup }),
  }
  return new Promise((resolve, reject) => {
    const outgoing = (url.protocol === 'https:' ? overHttps : overHttp)(url, options, (incoming) => {
      readAnswer(remote, incoming).then(resolve, (cause: unknown) => {
        incoming.destroy()
        reject(cause)
      })
    })
    outgoing.on('error', reject)
    outgoing.end(content)
  })
}

type Incoming = AsyncIterable<Buffer> & {
  statusCode?: number | undefined
  headers: Record<string, string | string[] | undefined>
}

async function readAnswer(remote: Remote, incoming: Incoming): Promise<Answer> {
  const { answerBytes } = limitsOf(remote)
  const { statusCode: status = 0, headers } = incoming
  if (status >= 300 && status < 400) throw new RemoteProblem(`it redirects (${status}), which is not followed`)
  if ((headers['content-encoding'] ?? 'identity') !== 'identity')
    throw new RemoteProblem('its answer is packed, which was not asked for')
  const pieces: Buffer[] = []
  let read = 0
  for await (const piece of incoming) {
    read += piece.length
    if (read > answerBytes) throw new RemoteProblem(`its answer is larger than ${answerBytes} bytes`)
    pieces.push(piece)
  }
  if (status >= 500) throw new PassingProblem(`it answered ${status}`)
  return { status, json: read === 0 ? null : parse(Buffer.concat(pieces).toString()) }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new RemoteProblem('its answer is not JSON')
  }
}
