// `npm test` and its parts (check, unit, e2e): plain Node, since it installs what is missing. Each check counts as one; so does each test.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { delimiter, join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { findBrowser } from './browser.mjs'
import { installWhatIsMissing, root } from './install.mjs'

const HELP = `npm test · npm run check · npm run test:unit · npm run test:e2e

  check  types, lint, boundaries, unused code, type coverage, migrations
  unit   unit and integration tests against a real PostgreSQL
  e2e    build, browser journeys against the running demo, and what is left after it stops

Ends with "N passed, N failed" and a non-zero exit if anything failed.`

const CHECKS = ['check:types', 'check:lint', 'check:boundaries', 'check:unused', 'check:coverage', 'check:schema']
const PARTS = { check: runChecks, unit: runUnit, e2e: runJourneys }

const wanted = process.argv.slice(2)
if (wanted.includes('--help')) {
  console.log(HELP)
  process.exit(0)
}
const unknown = wanted.find((part) => !(part in PARTS))
if (unknown !== undefined) {
  console.error(`There is no part ${unknown}.\n\n${HELP}`)
  process.exit(2)
}

const reports = join(root, 'test-results')
const env = {
  ...process.env,
  PATH: `${join(root, 'node_modules', '.bin')}${delimiter}${process.env.PATH}`,
  NEXT_TELEMETRY_DISABLED: '1',
}
const total = { passed: 0, failed: 0 }
const failures = []

try {
  await installWhatIsMissing()
  rmSync(reports, { recursive: true, force: true })
  mkdirSync(reports)
  for (const part of wanted.length > 0 ? wanted : Object.keys(PARTS)) await PARTS[part]()
} catch (cause) {
  count(0, 1, `the test run itself: ${cause.stack}`)
}
if (failures.length > 0) console.log(`\nFailed:\n${failures.map((failure) => `  ${failure}`).join('\n')}`)
console.log(`\n${total.passed} passed, ${total.failed} failed`)
process.exitCode = total.failed === 0 ? 0 : 1

async function runChecks() {
  for (const check of CHECKS) {
    heading(check)
    const ok = await run('npm', ['run', '--silent', check])
    count(ok ? 1 : 0, ok ? 0 : 1, check)
  }
}

async function runUnit() {
  heading('unit and integration tests')
  const file = join(reports, 'unit.json')
  const ok = await run('vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`])
  const report = read(file)
  if (!report) return count(0, 1, 'unit tests: no report, so they crashed')
  // A suite that cannot be loaded has no tests that could fail; one that is skipped proves nothing.
  const broken = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
  )
  const skipped = report.numPendingTests + report.numTodoTests
  const failed = report.numFailedTests + broken.length + skipped
  for (const { name, assertionResults } of report.testResults) {
    for (const test of assertionResults)
      if (test.status !== 'passed')
        failures.push(`${name.slice(root.length + 1)}: ${test.fullName} (${test.status})${why(test.failureMessages)}`)
  }
  for (const { name } of broken) failures.push(`${name.slice(root.length + 1)}: cannot be loaded`)
  count(report.numPassedTests, failed)
  if (!ok && failed === 0) count(0, 1, 'unit tests ended with an error outside any test')
}

async function runJourneys() {
  heading('build')
  const built = await run('node', [join(root, 'lib/cli/build.ts')])
  count(built ? 1 : 0, built ? 0 : 1, 'build')
  if (!built) return count(0, 1, 'browser journeys: not run, since the build failed')
  const browser = await findBrowser(run)
  if (!browser.ok) return count(0, 1, `browser journeys: ${browser.reason}`)
  const settings = { CHROMIUM_PATH: browser.path ?? '', E2E_PORT: String(await freePort()), DATA_DIR: join(root, '.data', 'e2e') }
  await runPlaywright('browser journeys', 'journeys', [], settings)
  await runPlaywright('what is left after a stop', 'lifecycle', ['--config', 'e2e/lifecycle'], settings)
}

async function runPlaywright(title, name, args, settings) {
  heading(title)
  const file = join(reports, `${name}.json`)
  const ok = await run('playwright', ['test', ...args], { ...settings, PLAYWRIGHT_JSON_OUTPUT_NAME: file })
  const report = read(file)
  if (!report) return count(0, 1, `${title}: no report, so they crashed`)
  const { expected, unexpected, flaky, skipped } = report.stats
  const failed = unexpected + flaky + skipped
  count(expected, failed)
  failures.push(...titlesOfFailed(report.suites))
  if (!ok && failed === 0) count(0, 1, `${title} ended with an error outside any test`)
}

function titlesOfFailed(suites) {
  return suites.flatMap(({ file, specs = [], suites: inner = [] }) => [
    ...specs
      .filter(({ ok, tests }) => !ok || tests.some((test) => test.status !== 'expected'))
      .map(({ title, tests }) => {
        const errors = tests.flatMap(({ results }) => results.flatMap((result) => result.errors ?? []))
        return `${file}: ${title}${why(errors.map(({ message }) => message))}`
      }),
    ...titlesOfFailed(inner),
  ])
}

/** What was expected, what came and where: whoever reads only the end of the output learns what broke. */
function why(messages) {
  const lines = stripVTControlCharacters(messages.join('\n')).split('\n')
  return lines
    .filter((line) => line.trim() !== '' && !/node_modules|node:internal/.test(line))
    .slice(0, 12)
    .map((line) => `\n      ${line}`)
    .join('')
}

function run(command, args, more = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env: { ...env, ...more }, stdio: ['ignore', 'inherit', 'inherit'] })
    child.on('error', (error) => {
      console.error(error.message)
      resolve(false)
    })
    child.on('exit', (code, signal) => {
      if (code !== 0) console.error(`${command} ended with ${signal ?? `exit code ${code}`}`)
      resolve(code === 0)
    })
  })
}

function read(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : null
}

function count(passed, failed, failure) {
  total.passed += passed
  total.failed += failed
  if (failed > 0 && failure) failures.push(failure)
}

function heading(title) {
  console.log(`\n── ${title}`)
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer()
    server.listen(0, () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}
