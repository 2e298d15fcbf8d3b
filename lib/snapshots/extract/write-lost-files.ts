import type { LostFileCount } from '#db/schema/index.ts'
import type { LostFile } from '../port.ts'
import { cellOf, spreadsheets, textCell } from './cells.ts'
import { archivePaths } from './file-paths.ts'
import { fileWords, type Locale, type ReadmeFacts } from './file-words.ts'
import { inChunks } from './in-chunks.ts'
import { type LostFileFate, lostFileWords } from './lost-file-words.ts'
import { type ZipEntry, zipStream } from './zip-stream.ts'

export type LostFilesOrder = {
  /** The reader's. */
  locale: Locale
  about: Omit<ReadmeFacts, 'tables' | 'by'> & { by: 'restore' | 'undo' }
  /** What does not fit any more is named as left out; smaller ones that still fit are not. */
  limit: { files: number; bytes: number }
  progress: (doneBytes: number, totalBytes: number) => void
}
export type LostFilesArchive = {
  /** The zip, to be read once and to its end. */
  bytes: AsyncGenerator<Buffer>
  /** `written` is known when the bytes are read. */
  count: LostFileCount
}

/**
 * One zip of the portal's files that a restore takes away or overwrites, as they are, with a list of all of them for a spreadsheet. Each is read once and in pieces. The portal
 * is in use meanwhile: a file that its people have removed themselves by the time its turn comes is told as such.
 */
export function writeLostFiles(files: LostFile[], order: LostFilesOrder): LostFilesArchive {
  const count: LostFileCount = { files: files.length, written: 0, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) }
  return { bytes: zipStream(entriesOf(files, order, count)), count }
}

async function* entriesOf(files: LostFile[], order: LostFilesOrder, count: LostFileCount): AsyncGenerator<ZipEntry> {
  const words = lostFileWords[order.locale]
  const fates: LostFileFate[] = []
  const nameOf = archivePaths(words.folder)
  const left = { ...order.limit }
  let doneBytes = 0
  for (const file of files) {
    if (left.files <= 0 || file.bytes > left.bytes) {
      fates.push({ file, as: null, why: 'limit' })
      continue
    }
    const opened = await openFile(file)
    if (opened === null) {
      fates.push({ file, as: null, why: 'gone' })
      continue
    }
    const path = nameOf(file.path)
    left.files -= 1
    left.bytes -= file.bytes
    count.written += 1
    fates.push({ file, as: path, why: null })
    const told = (bytes: number) => {
      doneBytes += bytes
      order.progress(Math.min(doneBytes, count.bytes), count.bytes)
    }
    try {
      yield { path, mtime: new Date(file.modifiedAt), bytes: () => measured(opened, told) }
    } finally {
      await opened.return(undefined)
    }
  }
  const text = (path: string, of: () => Generator<string>): ZipEntry => {
    return { path, mtime: new Date(order.about.madeAt), bytes: () => inChunks(of()) }
  }
  yield text(`${words.list}.csv`, () => listOf(fates, order.locale))
  for (const locale of ['en', 'pl'] as const) yield text(`${fileWords[locale].readme}.txt`, () => readmeOf(fates, order, locale))
}

/** From its first piece on; null where the portal's people have removed it since it was listed. */
async function openFile(file: LostFile): Promise<AsyncGenerator<Buffer> | null> {
  const pieces = piecesOf(file)
  try {
    // Nothing but an empty first piece: the file is open, or it is not there.
    await pieces.next()
    return pieces
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && gone.has(cause.code)) return null
    throw cause
  }
}

/** Removed, or something else in its place: a folder on its way that became a file, a link. */
const gone: ReadonlySet<unknown> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP'])

async function* piecesOf(file: LostFile): AsyncGenerator<Buffer> {
  const pieces = file.read()[Symbol.asyncIterator]()
  try {
    let next = await pieces.next()
    yield Buffer.alloc(0)
    while (next.done !== true) {
      const { buffer, byteOffset, byteLength } = next.value
      yield Buffer.from(buffer, byteOffset, byteLength)
      next = await pieces.next()
    }
  } finally {
    await pieces.return?.()
  }
}

async function* measured(pieces: AsyncGenerator<Buffer>, told: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    told(piece.length)
    yield piece
  }
}

function* listOf(fates: LostFileFate[], locale: Locale): Generator<string> {
  const words = lostFileWords[locale]
  const spreadsheet = spreadsheets[locale]
  const line = (cells: string[]) => `${cells.join(spreadsheet.separator)}\r\n`
  // Without the mark Excel reads UTF-8 as the machine's own alphabet.
  yield `\uFEFF${line(words.columns.map((name) => textCell(name, spreadsheet)))}`
  for (const { file, as, why } of fates) {
    const told = [file.path, words.change[file.change]].map((text) => textCell(text, spreadsheet))
    const size = cellOf(String(file.bytes), 'number', spreadsheet)
    const place = [as ?? '', why === null ? '' : words.why[why]].map((text) => textCell(text, spreadsheet))
    yield line([...told, size, textCell(file.modifiedAt, spreadsheet), ...place])
  }
}

function* readmeOf(fates: LostFileFate[], { about }: LostFilesOrder, locale: Locale): Generator<string> {
  yield `\uFEFF${lostFileWords[locale].readmeText(about, fates).join('\r\n')}\r\n`
}
