// Boundaries by dependency-cruiser, and the tool's own blindness: a tool that sees no modules reports no violations either.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const ROOMS = ['app', 'bench', 'db', 'e2e', 'lib'].filter(existsSync)
const ROOT_FILES = ['proxy.ts', 'instrumentation.ts'].filter(existsSync)
const MODULES_MINIMUM = 100
const SHARE_MINIMUM = 0.9

const { stdout } = spawnSync('depcruise', [...ROOMS, ...ROOT_FILES, '--output-type', 'json'], {
  encoding: 'utf8',
  maxBuffer: 2 ** 30,
})
const { modules, summary } = JSON.parse(stdout)
const faults = summary.violations.map(
  ({ rule, from, to, cycle }) => `${rule.name}: ${from} → ${cycle ? cycle.map(({ name }) => name).join(' → ') : to}`,
)

const onDisk = [...ROOMS.flatMap(sourcesBelow), ...ROOT_FILES]
const seen = new Set(modules.map(({ source }) => source))
const unseen = onDisk.filter((path) => !seen.has(path))
const share = 1 - unseen.length / onDisk.length
if (seen.size < MODULES_MINIMUM) faults.push(`only ${seen.size} modules seen, of at least ${MODULES_MINIMUM} there should be`)
if (share < SHARE_MINIMUM)
  faults.push(`only ${Math.round(share * 100)} % of the files seen; not: ${unseen.slice(0, 10).join(', ')}`)
const resolved = modules
  .filter(({ source }) => source.startsWith('app/'))
  .flatMap((module) => module.dependencies)
  .filter(({ resolved }) => resolved.startsWith('lib/'))
if (existsSync('app') && resolved.length === 0) faults.push('no import from app to lib seen: aliases are not followed')

for (const fault of faults) console.error(fault)
console.log(
  `${onDisk.length - unseen.length} of ${onDisk.length} files seen, ${summary.totalDependenciesCruised} imports, ${faults.length} faults`,
)
process.exit(faults.length === 0 ? 0 : 1)

function sourcesBelow(room) {
  return readdirSync(room, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|tsx|mjs)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
}
