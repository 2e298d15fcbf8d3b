import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startChild, stopChild } from '#db/processes.ts'
import { freePort } from '../../postgres/testing/cluster.ts'

const program = new URL('./s3-server.ts', import.meta.url).pathname

/** An object store of this test's own, on the loopback, with one pair of keys. It keeps what it has over a stop and a start. */
export async function startS3() {
  const folder = mkdtempSync(join(tmpdir(), 'restore-desk-s3-'))
  const keys = { AWS_ACCESS_KEY_ID: 'AKIARESTOREDESK', AWS_SECRET_ACCESS_KEY: crypto.randomUUID() }
  const port = String(await freePort())
  const start = async (fault = '') => {
    const child = startChild(process.execPath, [program, folder, port, fault], {
      env: { NODE_ENV: 'test', S3_KEY: keys.AWS_ACCESS_KEY_ID, S3_SECRET: keys.AWS_SECRET_ACCESS_KEY },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await new Promise<void>((resolve, reject) => {
      child.stdout?.once('data', () => resolve())
      child.once('exit', (code) => reject(new Error(`the object store ended with ${code}`)))
    })
    return child
  }
  /** Puts something there past all requests. */
  const put = (bucket: string, name: string, content: string | Buffer) => {
    mkdirSync(join(folder, bucket), { recursive: true })
    writeFileSync(join(folder, bucket, encodeURIComponent(name)), content)
  }
  let child = await start()
  const stop = () => stopChild(child, 'SIGTERM', 5_000)
  return {
    keys,
    put,
    address: (name: string) => `s3:http://127.0.0.1:${port}/${name}`,
    /** With a fault of `s3-server.ts`. */
    restart: async (fault = '') => {
      await stop()
      child = await start(fault)
    },
    drop: async () => {
      await stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
