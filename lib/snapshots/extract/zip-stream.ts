import { once } from 'node:events'
import { PassThrough, Readable } from 'node:stream'
import { ZipFile } from 'yazl'

/** `bytes` is read once, when the entries before it have been read to their end. */
export type ZipEntry = { path: string; mtime: Date; bytes: () => AsyncGenerator<Buffer> }
type Entries = Iterable<ZipEntry> | AsyncIterable<ZipEntry>

/**
 * One zip of entries that are made as they are needed, so that memory holds a piece of one. Names are UTF-8, and said to be. An entry that breaks, or one that could not
 * be made, breaks the zip; whoever stops reading early leaves no entry half read: its connection, or its file, would stay open.
 */
export async function* zipStream(entries: Entries): AsyncGenerator<Buffer> {
  const zip = new ZipFile()
  const output = zip.outputStream.pipe(new PassThrough())
  const fail = (error: Error) => void output.destroy(error)
  zip.on('error', fail)
  const state: State = { stopped: false, open: null }
  const writing = addAll(zip, entries, state, fail)
  // Told through the stream, whose reader is here.
  writing.catch(fail)
  try {
    const chunks: AsyncIterable<Buffer> = output
    for await (const chunk of chunks) yield chunk
  } finally {
    state.stopped = true
    await close(state.open)
    await Promise.allSettled([writing])
  }
}

type State = { stopped: boolean; open: Readable | null }

async function addAll(zip: ZipFile, entries: Entries, state: State, fail: (error: Error) => void): Promise<void> {
  for await (const { path, mtime, bytes } of entries) {
    if (state.stopped) return
    const stream = Readable.from(bytes(), { objectMode: false })
    state.open = stream
    // The library does not listen for it.
    stream.once('error', fail)
    const over = once(stream, 'close')
    zip.addReadStream(stream, path, { mtime, mode: 0o100_600 })
    await over
    if (!stream.readableEnded) return
  }
  zip.end()
}

async function close(stream: Readable | null): Promise<void> {
  if (stream === null || stream.closed) return
  stream.destroy()
  await once(stream, 'close')
}
