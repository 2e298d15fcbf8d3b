import type { ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startChild } from '#db/processes.ts'

const root = new URL('../..', import.meta.url).pathname
const next = join(root, 'node_modules/next/dist/bin/next')
const fingerprintFile = join(root, '.next/restore-desk-sources')
const ROOMS = ['app', 'db', 'lib', 'public']
const ROOT_FILES = /^(package-lock\.json|(next|postcss)\.config\.js|tsconfig\.json|proxy\.ts|instrumentation\.ts)$/

/** True when `.next` was built from exactly these sources. */
export function isBuilt(): boolean {
  const kept =
    existsSync(fingerprintFile) && existsSync(join(root, '.next/BUILD_ID')) ? readFileSync(fingerprintFile, 'utf8') : null
  return kept === fingerprintSources()
}

/** `next build`, and beside its result the fingerprint of what it was built from. `onStart` hands out the child, to be stopped on Ctrl-C. */
export async function buildWeb(onStart?: (child: ChildProcess) => void): Promise<void> {
  const fingerprint = fingerprintSources()
  const child = startChild(process.execPath, [next, 'build'], {
    cwd: root,
    env: { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
    stdio: ['ignore', onStart ? 'pipe' : 'inherit', 'pipe'],
  })
  onStart?.(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (output += chunk))
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve))
  if (code !== 0) throw new Error(`next build failed:\n${output.trim()}`)
  writeFileSync(fingerprintFile, fingerprint)
}

function fingerprintSources(): string {
  const files = ROOMS.filter((room) => existsSync(join(root, room))).flatMap((room) => filesBelow(room))
  files.push(...readdirSync(root).filter((name) => ROOT_FILES.test(name)))
  const hash = createHash('sha256')
  for (const path of files.sort()) hash.update(`${path}\0`).update(readFileSync(join(root, path)))
  return hash.digest('hex')
}

/** Tests and SQL are no part of what the web server is built from. */
function filesBelow(room: string): string[] {
  return readdirSync(join(root, room), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.(test\.ts|sql|snap)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
}

if (import.meta.main) await buildWeb()
