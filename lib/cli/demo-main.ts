import type { ChildProcess } from 'node:child_process'
import { parseArgs } from 'node:util'
import { db } from '#db/client.ts'
import { deleteCluster, type Embedded } from '#db/embedded.ts'
import { CannotStart } from '#db/embedded-place.ts'
import { startChild, stopChild } from '#db/processes.ts'
import { startCatcher } from '#lib/mail/catcher.ts'
import { buildWeb, isBuilt } from './build.ts'
import { type DemoDatabase, openDatabase, seedDatabase } from './demo-database.ts'
import { demoDir, forgetAddress, forgetAll, keptSecret, readSeeded, writeAddress } from './demo-files.ts'
import { listening, refuseTakenPort } from './demo-port.ts'
import { signInHelp } from './demo-sign-in-help.ts'

const STOP_GRACE_MS = 8_000
const began = performance.now()

/** Undone in reverse when the demo ends. */
const closers: (() => Promise<void> | void)[] = []
/** Servers that are meant to end before the demo does. */
const expected = new Set<ChildProcess>()
let ending = false

// The launcher says stop, or is gone; or somebody signals us.
process.on('message', (message) => message === 'stop' && end(0))
process.on('disconnect', () => end(0))
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => end(0))

try {
  await startDemo()
} catch (cause) {
  if (!ending) {
    console.error(cause instanceof CannotStart ? `\n${cause.message}` : cause)
    end(1)
  }
}

async function startDemo(): Promise<void> {
  const { values } = parseArgs({ options: { reset: { type: 'boolean' }, large: { type: 'boolean' } } })
  const large = values.large ?? false
  const dir = demoDir(process.env)
  const port = Number(process.env.PORT || 3000)
  await refuseTakenPort(port)
  if (values.reset) reset(dir)
  refuseOtherSize(dir, large)

  const appUrl = process.env.APP_URL || `http://localhost:${port}`
  const database = await openDatabase(dir, say)
  watchServer(database.server)
  // Two cores: the build and the database work of the seed go on side by side.
  await Promise.all([build(), database.seeding ? seed(dir, database, { large, appUrl }) : undefined])
  const address = { databaseUrl: database.url, authSecret: keptSecret(dir), appUrl }
  setEnvironment(dir, port, address)
  const catcher = await startCatcher(db())
  closers.push(catcher.close)
  const smtpUrl = `smtp://127.0.0.1:${catcher.port}`
  process.env.SMTP_URL = smtpUrl
  await serve(port)
  writeAddress(dir, { ...address, smtpUrl })
  closers.push(() => forgetAddress(dir))
  const help = await signInHelp(database.url, appUrl)
  console.log(`\nRestore Desk is ready: ${appUrl} (${sinceStart()})\n\n${help}\n\nCtrl-C stops it.`)
}

function setEnvironment(dir: string, port: number, address: { databaseUrl: string; authSecret: string; appUrl: string }): void {
  Object.assign(process.env, {
    NODE_ENV: 'production',
    NEXT_TELEMETRY_DISABLED: '1',
    DEMO: '1',
    PORT: String(port),
    APP_URL: address.appUrl,
    DATABASE_URL: address.databaseUrl,
    AUTH_SECRET: address.authSecret,
    DATA_DIR: dir,
    LOG_LEVEL: process.env.LOG_LEVEL || 'warn',
  })
}

function reset(dir: string): void {
  deleteCluster(dir)
  forgetAll(dir)
  say('The old data is deleted')
}

function refuseOtherSize(dir: string, large: boolean): void {
  const seeded = readSeeded(dir)
  if (seeded && large && !seeded.large) {
    throw new CannotStart('The demo in this folder has the small data. To make the large one: npm run demo -- --reset --large')
  }
}

async function build(): Promise<void> {
  if (isBuilt()) return
  say('Building the web server …')
  await buildWeb((child) => closers.push(() => stopChild(child, 'SIGKILL', 1000)))
  say('Web server built')
}

async function seed(dir: string, database: DemoDatabase, choices: { large: boolean; appUrl: string }): Promise<void> {
  // Its end is expected while the seed makes the server anew.
  const seeding = database.server
  expected.add(seeding.child)
  watchServer(await seedDatabase(dir, database, choices, say))
}

function watchServer(server: Embedded): void {
  closers.push(() => server.stop())
  server.child.once('exit', () => {
    if (!expected.has(server.child)) partStopped('PostgreSQL')
  })
}

async function serve(port: number): Promise<void> {
  const root = new URL('../..', import.meta.url).pathname
  const parts: [string, string[]][] = [
    ['The web server', ['node_modules/next/dist/bin/next', 'start', '-p', String(port)]],
    ['The worker', ['lib/jobs/worker.ts']],
  ]
  const children = parts.map(([name, args]) => {
    const child = startChild(process.execPath, args, { cwd: root, env: process.env, stdio: ['ignore', 'ignore', 'inherit'] })
    child.once('exit', () => partStopped(name))
    return child
  })
  closers.push(async () => {
    await Promise.all(children.map((child) => stopChild(child, 'SIGTERM', STOP_GRACE_MS)))
  })
  await listening(`http://127.0.0.1:${port}/api/health/ready`)
}

function partStopped(name: string): void {
  if (ending) return
  console.error(`${name} stopped by itself; what it said stands above.`)
  end(1)
}

function end(code: number): void {
  if (ending) return
  ending = true
  void stopAll().finally(() => process.exit(code))
}

async function stopAll(): Promise<void> {
  for (const close of closers.reverse()) await close()
}

function say(text: string): void {
  if (!ending) console.log(`[${sinceStart()}] ${text}`)
}

function sinceStart(): string {
  return `${((performance.now() - began) / 1000).toFixed(1)} s`
}
