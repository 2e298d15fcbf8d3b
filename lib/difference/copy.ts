import { once } from 'node:events'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import type { Column } from './catalogue.ts'
import type { Side } from './side.ts'

/** How rows travel: binary wherever every type allows it. */
export type CopyFormat = 'binary' | 'text'

/** `(a, b)` for COPY, or nothing for a table without columns, for which the grammar has no list. */
export function columnList(columns: readonly Column[]): string {
  return columns.length === 0 ? '' : `(${names(columns)})`
}

export function names(columns: readonly Column[]): string {
  return columns.map((column) => column.quoted).join(', ')
}

/** Streams what a `COPY … TO STDOUT` gives, and always to its end: a half-read COPY would block the connection for good. */
export async function* copyOut(side: Side, sql: string): AsyncGenerator<Buffer, number> {
  const stream = side.client.query(copyTo(sql))
  try {
    const chunks: AsyncIterable<unknown> = stream.iterator({ destroyOnReturn: false })
    for await (const chunk of chunks) {
      if (!Buffer.isBuffer(chunk)) throw new TypeError('COPY gave something else than bytes')
      yield chunk
    }
  } finally {
    if (!stream.readableEnded && !stream.destroyed) {
      stream.resume()
      await once(stream, 'end')
    }
  }
  // The rows are counted by the command's tag, which comes with the end of the whole query, a moment after the last byte.
  await side.client.query('')
  return stream.rowCount
}

/** The whole answer of a COPY, for what is known to be small. */
export async function copyOutWhole(side: Side, sql: string): Promise<{ bytes: Buffer; rows: number }> {
  const chunks: Buffer[] = []
  const rows = await drain(copyOut(side, sql), async (chunk) => {
    chunks.push(chunk)
  })
  return { bytes: Buffer.concat(chunks), rows }
}

/** Feeds every chunk to `take` and gives what the generator returned: the number of rows. */
export async function drain(source: AsyncGenerator<Buffer, number>, take: (chunk: Buffer) => Promise<void>): Promise<number> {
  for (;;) {
    const next = await source.next()
    if (next.done) return next.value
    await take(next.value)
  }
}

/** Streams bytes into `COPY … FROM STDIN`; gives the number of rows. Throws the server's error, even one that comes after the last byte. */
export async function copyIn(side: Side, sql: string, source: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<number> {
  const stream = side.client.query(copyFrom(sql))
  let refusal: unknown
  // The server may refuse at any time, and the stream must not be touched after that; kept until somebody awaits it.
  const refused = new Promise<never>((_, reject) => {
    stream.once('error', (error) => {
      refusal = error
      reject(error)
    })
  })
  // Each race below throws it; between two of them nobody awaits it, which is no unhandled one.
  refused.catch(() => undefined)
  try {
    for await (const chunk of source) {
      if (refusal !== undefined) throw refusal
      // One at a time: what waits in the stream's own buffer would be written after a refusal too, to a connection that is gone.
      await Promise.race([new Promise<void>((resolve) => stream.write(chunk, () => resolve())), refused])
    }
    if (refusal !== undefined) throw refusal
  } catch (error) {
    if (refusal === undefined) await failCopy(stream, error)
    throw refusal ?? error
  }
  const finished = once(stream, 'finish')
  stream.end()
  await Promise.race([finished, refused])
  return stream.rowCount
}

// The source broke: the server is told so and its answer awaited, so that the connection can go on.
async function failCopy(stream: ReturnType<typeof copyFrom>, error: unknown): Promise<void> {
  const closed = new Promise<void>((resolve) => stream.once('close', resolve))
  stream.destroy(error instanceof Error ? error : new Error(String(error)))
  await closed
}
