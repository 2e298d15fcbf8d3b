import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { z } from 'zod'

const root = new URL('../..', import.meta.url).pathname
const dataDir = process.env.DATA_DIR || join(root, '.data/e2e')
const port = Number(process.env.E2E_PORT || 3210)
const ENDED_WITHIN_MS = 15_000
const started: ChildProcess[] = []

/** Every way in which a demo ends, from the polite to the brutal. */
const ways: [string, (demo: Demo) => void][] = [
  ['Ctrl-C, which reaches the whole foreground group', ({ npm }) => signal(-pidOf(npm), 'SIGINT')],
  ['SIGTERM to npm', ({ npm }) => signal(pidOf(npm), 'SIGTERM')],
  ['SIGKILL to npm', ({ npm }) => signal(pidOf(npm), 'SIGKILL')],
  ['SIGKILL to the shell between npm and us', ({ part }) => signal(part(/^sh\0-c\0/), 'SIGKILL')],
  ['SIGKILL to the launcher', ({ part }) => signal(part(/lib\/cli\/demo\.mjs/), 'SIGKILL')],
  ['SIGKILL to the process that started all others', ({ part }) => signal(part(/lib\/cli\/demo-main\.ts/), 'SIGKILL')],
  ['SIGKILL to the whole group', ({ npm }) => signal(-pidOf(npm), 'SIGKILL')],
]

for (const [name, end] of ways) {
  test(`${name}: no process and no open port is left`, async () => {
    const demo = await startDemo()
    expect(demo.processes().length, 'npm, shell, launcher, main, PostgreSQL, web, worker, reaper').toBeGreaterThanOrEqual(8)
    const databasePort = demo.databasePort()
    expect(await isOpen(databasePort)).toBe(true)

    end(demo)

    await expect.poll(() => demo.processes(), { timeout: ENDED_WITHIN_MS }).toEqual([])
    expect(await isOpen(port)).toBe(false)
    expect(await isOpen(databasePort)).toBe(false)
  })
}

// A test that failed must not leave its demo to the next one.
test.afterEach(() => {
  for (const child of started.splice(0))
    if (child.exitCode === null && child.signalCode === null) signal(-pidOf(child), 'SIGKILL')
})

type Demo = {
  npm: ChildProcess
  /** Command lines of what is alive and came from this start. */
  processes: () => string[]
  part: (commandLine: RegExp) => number
  databasePort: () => number
}

async function startDemo(): Promise<Demo> {
  const mark = `RESTORE_DESK_TEST_MARK=${crypto.randomUUID()}`
  const [markName = '', markValue = ''] = mark.split('=')
  // Detached: a group of its own, as a terminal gives it.
  const npm = spawn('npm', ['run', 'demo'], {
    cwd: root,
    detached: true,
    env: { ...process.env, PORT: String(port), DATA_DIR: dataDir, [markName]: markValue },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  started.push(npm)
  await readyLine(npm)
  const own = new Set(descendantsOf(pidOf(npm)))
  const alive = () => processesNow().filter(({ pid, environment }) => environment.includes(mark) || own.has(pid))
  return {
    npm,
    processes: () => alive().map(({ commandLine }) => commandLine.replaceAll('\0', ' ')),
    part: (pattern) => {
      const found = alive().find(({ commandLine }) => pattern.test(commandLine))
      if (!found) throw new Error(`nothing runs that looks like ${pattern}`)
      return found.pid
    },
    databasePort: () => {
      const { databaseUrl } = z
        .object({ databaseUrl: z.url() })
        .parse(JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8')))
      return Number(new URL(databaseUrl).port)
    },
  }
}

function readyLine(npm: ChildProcess): Promise<void> {
  let said = ''
  return new Promise((resolve, reject) => {
    for (const stream of [npm.stdout, npm.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        said += chunk
        if (said.includes('Ctrl-C stops it')) resolve()
      })
    }
    npm.once('exit', () => reject(new Error(`the demo ended before it was ready:\n${said}`)))
  })
}

type Process = { pid: number; parent: number; commandLine: string; environment: string }

/** From /proc: what runs now, zombies left out. */
function processesNow(): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const [state = '', parent = ''] = (read(`/proc/${name}/stat`).split(') ').at(-1) ?? '').split(' ')
      if (state === '' || state === 'Z') return []
      return [
        {
          pid: Number(name),
          parent: Number(parent),
          commandLine: read(`/proc/${name}/cmdline`),
          environment: read(`/proc/${name}/environ`),
        },
      ]
    })
}

/** Empty where the process has just ended, or is none of ours to look into. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && ['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(String(cause.code)))
      return ''
    throw cause
  }
}

/** PostgreSQL gets a clean environment without our mark: it is known as a descendant. */
function descendantsOf(pid: number): number[] {
  const all = processesNow()
  const found = [pid]
  for (const each of found) found.push(...all.filter(({ parent }) => parent === each).map((process) => process.pid))
  return found
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('the demo was not started')
  return child.pid
}

function signal(pid: number, name: NodeJS.Signals): void {
  process.kill(pid, name)
}

function isOpen(tcpPort: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(tcpPort, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
