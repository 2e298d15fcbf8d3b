import { randomBytes } from 'node:crypto'
import { createReadStream, mkdtempSync, rmSync } from 'node:fs'
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { LostFile } from '../port.ts'
import { unzip, unzipBytes } from '../testing/unzip.ts'
import { type LostFilesOrder, writeLostFiles } from './write-lost-files.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lost-files-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

/** Files that really lie below `root`, with what is in them. */
async function lostFiles(contents: Record<string, { change: LostFile['change']; bytes: Buffer }>): Promise<LostFile[]> {
  for (const [path, { bytes }] of Object.entries(contents)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), bytes)
  }
  return Promise.all(
    Object.entries(contents).map(async ([path, { change, bytes }]): Promise<LostFile> => {
      const modifiedAt = (await stat(join(root, path))).mtime.toISOString()
      return { path, change, bytes: bytes.length, modifiedAt, read: () => createReadStream(join(root, path)) }
    }),
  )
}

const order = (over: Partial<LostFilesOrder> = {}): LostFilesOrder => ({
  locale: 'en',
  about: { portalName: 'Acme', ticketNumber: 7, by: 'restore', typedSince: false, madeAt: '2026-11-25T10:00:00.000Z' },
  limit: { files: 1000, bytes: 10_000_000 },
  progress: () => undefined,
  ...over,
})
const linesOf = (text: string | undefined) => (text ?? '').trimEnd().split('\r\n')
/** Files of this process that are open below `root`. */
async function openBelowRoot(): Promise<string[]> {
  const { readlink } = await import('node:fs/promises')
  const links = await Promise.all((await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')))
  return links.filter((link) => link.startsWith(root))
}

test('S118 files come byte for byte under names that stay inside, and a list of them in which no formula runs', async () => {
  const picture = Buffer.from(Array.from({ length: 300_000 }, (_, n) => (n * 7919) % 251))
  const files = await lostFiles({
    'crm/Zażółć.png': { change: 'changed', bytes: picture },
    '=cmd|calc.txt': { change: 'newer', bytes: Buffer.from('=1+1') },
    'empty.txt': { change: 'newer', bytes: Buffer.alloc(0) },
  })
  const told: number[] = []
  const archive = writeLostFiles(files, order({ progress: (done) => void told.push(done) }))
  const zip = await buffer(archive.bytes)
  const entries = await unzipBytes(zip)
  expect([...entries.keys()]).toEqual([
    'files/crm/Zażółć.png',
    'files/=cmd_calc.txt',
    'files/empty.txt',
    'files.csv',
    'README.txt',
    'CZYTAJ.txt',
  ])
  expect(entries.get('files/crm/Zażółć.png')?.equals(picture)).toBe(true)
  expect(entries.get('files/empty.txt')).toHaveLength(0)
  const lines = linesOf(entries.get('files.csv')?.toString('utf8'))
  expect(lines[0]).toBe('\uFEFFPath,What happened,Bytes,Last changed,In this archive as,Not in here because')
  expect(lines[1]).toMatch(/^crm\/Zażółć\.png,overwritten,300000,\d{4}-[^,]+Z,files\/crm\/Zażółć\.png,$/)
  expect(lines[2]).toMatch(/^'=cmd\|calc\.txt,taken away,4,/)
  expect(archive.count).toEqual({ files: 3, written: 3, bytes: 300_004 })
  expect(told.at(-1)).toBe(300_004)
})

test('what is beyond the limit, and what the portal’s people remove before its turn, is named as left out', async () => {
  const files = await lostFiles({
    'a.bin': { change: 'newer', bytes: Buffer.alloc(400) },
    'big.bin': { change: 'newer', bytes: Buffer.alloc(700) },
    'gone.bin': { change: 'newer', bytes: Buffer.alloc(10) },
    'small.bin': { change: 'newer', bytes: Buffer.alloc(20) },
  })
  await rm(join(root, 'gone.bin'))
  const archive = writeLostFiles(files, order({ locale: 'pl', limit: { files: 1000, bytes: 1000 } }))
  const texts = await unzip(await buffer(archive.bytes))
  expect([...texts.keys()]).toEqual(['pliki/a.bin', 'pliki/small.bin', 'pliki.csv', 'README.txt', 'CZYTAJ.txt'])
  expect(archive.count).toEqual({ files: 4, written: 2, bytes: 1130 })
  expect(linesOf(texts.get('pliki.csv'))[2]).toContain(';;przekracza limit plików')
  expect(texts.get('README.txt')).toContain('  big.bin: beyond the limit for files')
  expect(texts.get('README.txt')).toContain('  gone.bin: removed in the portal before it was read')
  expect(texts.get('CZYTAJ.txt')).toContain('  big.bin: przekracza limit plików')
})

test('a file that cannot be read, or a reader who goes away, breaks the archive and leaves no file open', async () => {
  const files = await lostFiles({
    // Does not shrink, so that it cannot be through when its reader goes away.
    'a.bin': { change: 'newer', bytes: randomBytes(5_000_000) },
    'b.bin': { change: 'newer', bytes: Buffer.alloc(10) },
  })
  async function* breaking(): AsyncGenerator<Buffer> {
    yield Buffer.from('half')
    throw new Error('the disk is tired')
  }
  const [first, second] = files
  if (!first || !second) throw new Error('no files')
  const broken = writeLostFiles([first, { ...second, read: breaking }], order())
  await expect(buffer(broken.bytes)).rejects.toThrow('the disk is tired')
  for await (const _ of writeLostFiles(files, order()).bytes) break
  expect(await openBelowRoot()).toEqual([])
})
