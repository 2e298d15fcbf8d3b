import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { readdir, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { lackingBytes, readStored, removeUnknown, storeFile } from './store-file.ts'

const root = mkdtempSync(join(tmpdir(), 'files-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const store = { root, secret: 'x'.repeat(40) }

async function* chunks(...parts: (Buffer | string)[]): AsyncGenerator<Buffer> {
  for (const part of parts) yield Buffer.from(part)
}

async function whole(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of source) parts.push(part)
  return Buffer.concat(parts)
}

test.each([0, 1, 65_535, 65_536, 65_537, 131_072, 300_001])(
  '%i bytes come out of the sealed file as they went in',
  async (size) => {
    const clear = Buffer.alloc(size, 'abcdefg')
    const stored = await storeFile(store, chunks(clear.subarray(0, 7), clear.subarray(7)))
    expect(stored.bytes).toBe(size)
    expect((await whole(readStored(store, stored.storedAs))).equals(clear)).toBe(true)
  },
)

test('what lies on the disk is not readable, and neither altered, cut off, under another secret nor under another name it opens', async () => {
  const clear = Buffer.concat([Buffer.from('a secret deal'), Buffer.alloc(200_000, 'z')])
  const { storedAs } = await storeFile(store, chunks(clear))
  const path = join(root, storedAs)
  const sealed = readFileSync(path)
  expect(sealed.includes('a secret deal')).toBe(false)
  await expect(whole(readStored({ ...store, secret: 'y'.repeat(40) }, storedAs))).rejects.toThrow()
  const renamed = crypto.randomUUID()
  writeFileSync(join(root, renamed), sealed)
  await expect(whole(readStored(store, renamed))).rejects.toThrow()
  const altered = Buffer.from(sealed)
  altered[70_000] = (altered[70_000] ?? 0) ^ 1
  writeFileSync(path, altered)
  await expect(whole(readStored(store, storedAs))).rejects.toThrow()
  writeFileSync(path, sealed)
  // At the edge of a piece: what is left is whole pieces, and only the mark of the last one is missing.
  truncateSync(path, 22 + 2 * (65_536 + 16))
  await expect(whole(readStored(store, storedAs))).rejects.toThrow()
})

test('a stream that breaks leaves no file', async () => {
  const before = await readdir(root)
  async function* broken(): AsyncGenerator<Buffer> {
    yield Buffer.alloc(100_000)
    throw new Error('the copy went away')
  }
  await expect(storeFile(store, broken())).rejects.toThrow('the copy went away')
  expect(await readdir(root)).toEqual(before)
})

test('S51 room is looked for first', async () => {
  expect(await lackingBytes(store, 1000)).toBeNull()
  expect(await lackingBytes(store, 2 ** 60)).toMatchObject({ neededBytes: 2 ** 60 + 64 * 1024 * 1024 })
})

test('a file that nobody knows is swept once nobody can be writing it any more', async () => {
  const [known, old, young] = await Promise.all(['1', '2', '3'].map((text) => storeFile(store, chunks(text))))
  const anHourAgo = new Date(Date.now() - 3_600_000)
  for (const one of [known, old]) await utimes(join(root, one?.storedAs ?? ''), new Date(0), new Date(0))
  await removeUnknown(store, new Set([known?.storedAs ?? '']), anHourAgo)
  const left = await readdir(root)
  expect([known, old, young].map((one) => left.includes(one?.storedAs ?? ''))).toEqual([true, false, true])
})
