import { buffer } from 'node:stream/consumers'
import { fromBufferPromise } from 'yauzl'

/** The texts of a zip by their paths, in its order. */
export async function unzip(archive: Buffer): Promise<Map<string, string>> {
  const entries = await unzipBytes(archive)
  return new Map([...entries].map(([path, bytes]) => [path, bytes.toString('utf8')]))
}

export async function unzipBytes(archive: Buffer): Promise<Map<string, Buffer>> {
  const zip = await fromBufferPromise(archive, { lazyEntries: true })
  const entries = new Map<string, Buffer>()
  for await (const entry of zip.eachEntry()) entries.set(entry.fileName, await buffer(await zip.openReadStreamPromise(entry)))
  return entries
}
