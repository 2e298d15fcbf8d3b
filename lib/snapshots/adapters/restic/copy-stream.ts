import { Writable } from 'node:stream'
import { type CopyHeader, readHeader } from './copy-text.ts'

/** Takes the rows of one table: whole lines, some at a time. */
export type RowsTaker = { take: (lines: Buffer) => void; tooLong: () => void }

/** Reads bytes of the archive's own encoding. */
export type Decode = (bytes: Buffer) => string

/** A line that is longer is left out, and said: no row may fill the memory. */
const usualLineBytes = 32 * 2 ** 20
const headerAtMost = 200_000

/**
 * Reads what pg_restore writes of an archive's rows. `open` is asked at each table for who takes them, or null; `encoding` is told as soon as it is
 * known, which is before the first table, and gives how names are read; what it or a taker throws ends the stream. However much flows by, no more than a piece of it and one line is kept.
 */
export function copyStream(
  open: (header: CopyHeader) => RowsTaker | null,
  encoding: (name: string) => Decode,
  lineBytesAtMost = usualLineBytes,
): Writable {
  let taker: RowsTaker | null = null
  let decode: Decode = (bytes) => bytes.toString('utf8')
  let inRows = false
  let header = ''
  let begun: Buffer[] = []
  let begunBytes = 0
  let skipping = false

  /** Outside of rows. Gives where the next line begins. */
  const readLine = (lines: Buffer, from: number): number => {
    const end = lines.indexOf(newline, from)
    const line = decode(lines.subarray(from, end))
    const told = header === '' ? encodingIn(line) : undefined
    if (told !== undefined) decode = encoding(told)
    if (header !== '' || line.startsWith('COPY ')) {
      header += header === '' ? line : `\n${line}`
      const read = readHeader(header)
      if (read) {
        taker = open(read)
        inRows = true
      }
      if (read || header.length > headerAtMost) header = ''
    }
    return end + 1
  }
  const readRows = (lines: Buffer, from: number): number => {
    const end = endOfRows(lines, from)
    if (end !== from) taker?.take(lines.subarray(from, end === -1 ? undefined : end))
    if (end === -1) return lines.length
    inRows = false
    taker = null
    return end + endMark.length
  }
  const keep = (piece: Buffer): void => {
    if (skipping) return
    begun.push(piece)
    begunBytes += piece.length
    if (begunBytes <= lineBytesAtMost) return
    taker?.tooLong()
    skipping = true
    begun = []
    begunBytes = 0
  }
  const read = (chunk: Buffer): void => {
    const last = chunk.lastIndexOf(newline)
    if (last === -1) {
      keep(chunk)
      return
    }
    const whole = chunk.subarray(skipping ? chunk.indexOf(newline) + 1 : 0, last + 1)
    const lines = begun.length > 0 ? Buffer.concat([...begun, whole]) : whole
    skipping = false
    begun = []
    begunBytes = 0
    for (let at = 0; at < lines.length; ) at = inRows ? readRows(lines, at) : readLine(lines, at)
    keep(chunk.subarray(last + 1))
  }
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      // What is thrown from a write is caught by some callers of it and ends the process of others.
      done(thrownBy(() => read(chunk)))
    },
  })
}

function thrownBy(work: () => void): Error | null {
  try {
    work()
    return null
  } catch (cause) {
    return cause instanceof Error ? cause : new Error(String(cause))
  }
}

const newline = 10
const endMark = Buffer.from('\\.\n')

/** Where the mark stands alone on its line: a value may end in it too, but then behind another backslash. -1: the rows go on. */
function endOfRows(lines: Buffer, from: number): number {
  let at = lines.indexOf(endMark, from)
  while (at > from && lines[at - 1] !== newline) at = lines.indexOf(endMark, at + 1)
  return at
}

const encodingIn = (line: string): string | undefined => /^SET client_encoding = '(.*)';$/.exec(line)?.[1]
