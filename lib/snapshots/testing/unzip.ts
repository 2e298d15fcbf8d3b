import { buffer } from 'node:stream/consumers'
import { fromBufferPromise } from 'yauzl'

/** The texts of a zip by their paths, in its order. */
export async function unzip(archive: Buffer): Promise<Map<string, string>> {
  const zip = await fromBufferPromise(archive, { lazyEntries: true })
  const texts = new Map<string, string>()
  for await (const entry of zip.eachEntry()) {
    const bytes = await buffer(await zip.openReadStreamPromise(entry))
    texts.set(entry.fileName, bytes.toString('utf8'))
  }
  return texts
}
