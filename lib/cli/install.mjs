// Runs on the machine's own Node (>= 20) before anything is installed: no dependencies, no TypeScript.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statfsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
/** Node 24 comes as a package, so that the machine's own may be older. */
export const node24 = join(root, 'node_modules', '.bin', 'node')

const NEEDED_BYTES = 2 * 2 ** 30
const REASONS = [
  [
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ECONNRESET|ENETUNREACH|EHOSTUNREACH|network/i,
    'The package registry cannot be reached. Check the network, a proxy (npm config get proxy) and the registry (npm config get registry), then start again.',
  ],
  [/ENOSPC/, 'The disk is full. Free about 2 GB, then start again.'],
  [/EACCES|EPERM/, 'npm may not write into this folder. Check who owns it, then start again.'],
  [/E401|E403/, 'The package registry refused us. Check the sign-in of npm (npm config get registry), then start again.'],
]

/** Installs the packages of package-lock.json unless exactly these are there. Ends the process with the reason in plain words when it cannot. */
export async function installWhatIsMissing() {
  if (Number(process.versions.node.split('.')[0]) < 20) giveUp(`Node ${process.versions.node} is too old: 20 or newer is needed.`)
  if (isInstalled()) return
  const { bavail, bsize } = statfsSync(root)
  if (bavail * bsize < NEEDED_BYTES)
    giveUp(`Not enough disk space for the packages: 2048 MB are needed, ${Math.round((bavail * bsize) / 2 ** 20)} MB are free.`)
  const began = Date.now()
  const seconds = () => `${Math.round((Date.now() - began) / 1000)} s`
  say('Installing packages, once (npm ci) …')
  const progress = setInterval(() => say(`  still installing, ${seconds()}`), 10_000)
  const { code, errors } = await npmCi()
  clearInterval(progress)
  if (code !== 0)
    giveUp(`${errors.trim().split('\n').slice(-20).join('\n')}\n\nThe packages could not be installed. ${reasonIn(errors)}`)
  if (spawnSync(node24, ['--version']).status !== 0)
    giveUp('Node 24 did not come with the packages: its install script was held back. Run npm ci once more with npm 10 or 11.')
  say(`Packages installed in ${seconds()}`)
}

/** By content, not by dates: a checkout or a copied folder says nothing with those. */
function isInstalled() {
  const installed = packagesIn(join(root, 'node_modules', '.package-lock.json'))
  if (installed === null || !existsSync(node24)) return false
  const wanted = Object.entries(packagesIn(join(root, 'package-lock.json')) ?? {}).filter(([path]) => path !== '')
  return wanted.every(([path, { version, optional }]) => installed[path]?.version === version || (optional && !installed[path]))
}

function packagesIn(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : null
}

function npmCi() {
  return new Promise((resolve) => {
    // A shell is needed where npm is a .cmd file.
    const child = spawn('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'pipe'],
      shell: process.platform === 'win32',
    })
    let errors = ''
    child.stderr.on('data', (chunk) => {
      errors += chunk
    })
    child.on('error', (error) => resolve({ code: 1, errors: `npm cannot be started: ${error.message}` }))
    child.on('close', (code) => resolve({ code, errors }))
  })
}

function reasonIn(errors) {
  return REASONS.find(([pattern]) => pattern.test(errors))?.[1] ?? 'What npm said stands above.'
}

function say(text) {
  process.stderr.write(`${text}\n`)
}

function giveUp(text) {
  say(text)
  process.exit(1)
}
