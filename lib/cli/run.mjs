// `npm run portal`, `npm run snapshot` …: installs what is missing, then runs lib/cli/<command>.ts under Node 24.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { installWhatIsMissing, node24, root } from './install.mjs'

const [command, ...options] = process.argv.slice(2)
await installWhatIsMissing()
const child = spawn(node24, [join(root, 'lib/cli', `${command}.ts`), ...options], { stdio: 'inherit' })
// Ctrl-C reaches the whole group: the command itself decides how to end, and we end with it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)))
