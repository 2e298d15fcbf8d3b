import { parseArgs } from 'node:util'
import postgres from 'postgres'
import { db } from '#db/client.ts'
import { deleteCluster, type Embedded, startEmbedded } from '#db/embedded.ts'
import { CannotStart } from '#db/embedded-place.ts'
import { migrateDatabase } from '#db/migrate.ts'
import { startChild, stopChild } from '#db/processes.ts'
import { startCatcher } from '#lib/mail/catcher.ts'
import { seedDemo } from '#lib/runtime/demo/seed.ts'
import { buildWeb, isBuilt } from './build.ts'
import { demoDir, forgetAddress, forgetAll, keptSecret, readSeeded, writeAddress, writeSeeded } from './demo-files.ts'
import { listening, refuseTakenPort } from './demo-port.ts'
import { signInHelp } from './demo-sign-in-help.ts'

const NEEDED_BYTES = 2 * 2 ** 30
const STOP_GRACE_MS = 8_000
const began = performance.now()

/** Undone in reverse when the demo ends. */
const closers: (() => Promise<void> | void)[] = []
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

  const server = await startDatabase(dir)
  const appUrl = process.env.APP_URL || `http://localhost:${port}`
  const desk = await openDesk(server)
  Object.assign(process.env, {
    NODE_ENV: 'production',
    NEXT_TELEMETRY_DISABLED: '1',
    DEMO: '1',
    PORT: String(port),
    APP_URL: appUrl,
    DATABASE_URL: desk.url,
    AUTH_SECRET: keptSecret(dir),
    DATA_DIR: dir,
    LOG_LEVEL: process.env.LOG_LEVEL || 'warn',
  })
  const catcher = await startCatcher(db())
  closers.push(catcher.close)
  process.env.SMTP_URL = `smtp://127.0.0.1:${catcher.port}`
  // Two cores: the build and the seed's database work go on side by side.
  await Promise.all([build(), seed(dir, desk, appUrl, large)])
  await serve(port)
  writeAddress(dir, { databaseUrl: desk.url, authSecret: keptSecret(dir), appUrl, smtpUrl: process.env.SMTP_URL })
  closers.push(() => forgetAddress(dir))
  console.log(
    `\nRestore Desk is ready: ${appUrl} (${sinceStart()})\n\n${await signInHelp(desk.client, appUrl)}\n\nCtrl-C stops it.`,
  )
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

/** A cluster whose seed never finished is made anew: half a demo would explain nothing. */
async function startDatabase(dir: string): Promise<Embedded> {
  let server = await startEmbedded(dir, { neededBytes: NEEDED_BYTES })
  closers.push(() => server.stop())
  if (server.isNew) forgetAll(dir)
  else if (readSeeded(dir) === null) {
    say('The last start was interrupted before the demo data was whole: starting over')
    await server.stop()
    deleteCluster(dir)
    server = await startEmbedded(dir, { neededBytes: NEEDED_BYTES })
  }
  server.child.once('exit', () => partStopped('PostgreSQL'))
  say(`PostgreSQL is up (${server.startMs} ms), its data lies in ${server.home}`)
  return server
}

/** The desk's own database on that server, migrated. */
async function openDesk(server: Embedded): Promise<{ url: string; serverUrl: string; client: postgres.Sql }> {
  const name = 'restore_desk'
  const admin = postgres(server.url, { max: 1, onnotice: () => undefined })
  const [found] = await admin`select 1 from pg_database where datname = ${name}`
  if (!found) await admin.unsafe(`create database ${name} template template0`)
  await admin.end()
  const url = new URL(server.url)
  url.pathname = `/${name}`
  await migrateDatabase(url.href)
  const client = postgres(url.href, { max: 2, onnotice: () => undefined })
  closers.push(() => client.end())
  return { url: url.href, serverUrl: server.url, client }
}

async function build(): Promise<void> {
  if (isBuilt()) return
  say('Building the web server …')
  await buildWeb((child) => closers.push(() => stopChild(child, 'SIGKILL', 1000)))
  say('Web server built')
}

async function seed(dir: string, desk: { url: string; serverUrl: string }, appUrl: string, large: boolean): Promise<void> {
  if (readSeeded(dir)) return
  say(large ? 'Making the demo data, two million rows in the largest portal …' : 'Making the demo data …')
  await seedDemo({
    adminUrl: desk.serverUrl,
    deskUrl: desk.url,
    authSecret: keptSecret(dir),
    appUrl,
    dataDir: dir,
    large,
    say: (text) => say(`  ${text}`),
  })
  writeSeeded(dir, { large })
  say('Demo data made')
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
