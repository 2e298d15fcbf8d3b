import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { z } from 'zod'

/** One request on its way: what was asked, and the honest answer for whoever wants it. */
export type Passing = {
  method: string
  path: string
  key: string | undefined
  body: unknown
  /** Asks the honest server, once however often it is called. */
  honest: () => Promise<Honest>
}
export type Honest = { status: number; body: Record<string, unknown> }
/** What is answered instead: another document, or whatever is done with the connection. */
export type Twist = (passing: Passing) => Promise<Honest | ((outgoing: ServerResponse) => void) | null>
export type Liar = { url: string; asked: string[]; stop: () => Promise<void> }

/** A remote that listens before an honest one, hands on what it is asked, and answers as `twist` likes; null is the honest answer. */
export async function startLiar(honestUrl: string, twist: Twist): Promise<Liar> {
  const asked: string[] = []
  const server = createServer((incoming, outgoing) => {
    reply(incoming, outgoing).catch((cause: unknown) => outgoing.destroy(cause instanceof Error ? cause : undefined))
  })
  const reply = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const pieces: Buffer[] = []
    for await (const piece of incoming as AsyncIterable<Buffer>) pieces.push(piece)
    const { method = '', url: path = '', headers } = incoming
    const sent = { method, path, headers, body: Buffer.concat(pieces) }
    asked.push(`${method} ${path}`)
    let once: Promise<Honest> | null = null
    const honest = () => {
      once ??= forward(honestUrl, sent)
      return once
    }
    const key = headers['idempotency-key']
    const twisted = await twist({ method, path, key: typeof key === 'string' ? key : undefined, body: parse(sent.body), honest })
    if (typeof twisted === 'function') return twisted(outgoing)
    const { status, body } = twisted ?? (await honest())
    outgoing.writeHead(status, { 'content-type': 'application/json' }).end(status === 204 ? '' : JSON.stringify(body))
  }
  const listening = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', listening.resolve)
  await listening.promise
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('the liar is bound to no port')
  return {
    url: `http://127.0.0.1:${bound.port}`,
    asked,
    stop: async () => {
      const closed = Promise.withResolvers<void>()
      server.close(() => closed.resolve())
      server.closeAllConnections()
      await closed.promise
    },
  }
}

type Sent = { method: string; path: string; headers: IncomingHttpHeaders; body: Buffer }

function forward(to: string, { method, path, headers, body }: Sent): Promise<Honest> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${to}${path}`,
      { method, headers: { ...headers, host: new URL(to).host }, agent: false },
      (answer) => {
        readAll(answer).then((text) => resolve({ status: answer.statusCode ?? 0, body: parse(text) }), reject)
      },
    )
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

async function readAll(answer: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of answer) pieces.push(piece)
  return Buffer.concat(pieces)
}

function parse(text: Buffer): Record<string, unknown> {
  return text.length === 0 ? {} : z.record(z.string(), z.unknown()).parse(JSON.parse(text.toString()))
}
