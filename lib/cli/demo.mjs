// `npm run demo`: plain Node without dependencies, since it must run before anything is installed.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { installWhatIsMissing, node24, root } from './install.mjs'

const HELP = `npm run demo [-- options]

Starts Restore Desk with a demo vendor: an embedded PostgreSQL, portals with real databases and
snapshots, people, tickets, a web server, a worker and a mailbox that catches every mail.
A second start is quick and keeps the data. Ctrl-C stops everything it started.

Options
  --reset   delete the demo's data and start over
  --large   two million rows in the largest portal (with --reset if the demo exists)
  --help    this text

Environment
  PORT      port of the web server (3000)
  DATA_DIR  folder of the data (.data)`

const known = ['--reset', '--large', '--help']
const options = process.argv.slice(2)
const unknown = options.find((option) => !known.includes(option))
if (unknown !== undefined) {
  console.error(`There is no option ${unknown}.\n\n${HELP}`)
  process.exit(2)
}
if (options.includes('--help')) {
  console.log(HELP)
  process.exit(0)
}

await installWhatIsMissing()
// The channel tells the child that this process is gone, however it went.
const main = spawn(node24, [join(root, 'lib/cli/demo-main.ts'), ...options], {
  cwd: root,
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop)
main.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)))
if (process.env.npm_lifecycle_event) watchNpm()

function stop() {
  if (main.connected) main.send('stop')
}

/** npm runs us below a shell that stays when npm is killed, so it is the shell's parent that must not change. */
function watchNpm() {
  const shell = process.ppid
  const npm = parentOf(shell)
  setInterval(() => {
    if (process.ppid !== shell || parentOf(shell) !== npm) stop()
  }, 500).unref()
}

function parentOf(pid) {
  if (!existsSync('/proc/self/stat'))
    return Number(spawnSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8' }).stdout)
  const path = `/proc/${pid}/stat`
  // After the name, which may hold anything but ends with the last bracket: state, parent.
  return existsSync(path) ? Number(readFileSync(path, 'utf8').split(') ').at(-1).split(' ')[1]) : 0
}
