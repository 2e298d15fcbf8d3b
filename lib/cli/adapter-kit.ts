import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { adapterNames } from '#lib/snapshots/registry.ts'
import { exitCodes, program, runProgram } from './command.ts'

/**
 * Runs the conformance suite of an adapter as its own test file has it, against scratch servers, and tells each check by name with its time. Exit
 * codes: 0 all passed, 2 unknown adapter or programs that are not here, 4 a check failed. Needs the development packages.
 */
type Options = { json?: true; adapter?: string; url?: string; databaseUrl?: string }

const results = z.object({
  testResults: z.array(
    z.object({
      message: z.string().optional(),
      assertionResults: z.array(
        z.object({
          ancestorTitles: z.array(z.string()),
          title: z.string(),
          status: z.string(),
          duration: z.number().nullish(),
          failureMessages: z.array(z.string()).nullish(),
        }),
      ),
    }),
  ),
})
type Checked = { on: string; check: string; passed: boolean; ms: number; why: string | null }

const kit = program('adapter-kit', 'Proves an adapter: every check of the conformance suite, by name, with its time')
kit
  .argument('[adapter]', adapterNames.join(' or '))
  .option('--adapter <name>', 'the same, by name')
  .option(
    '--url <url>',
    'http: the system to prove, with HTTP_ADAPTER_SECRET; without it the reference server is started on loopback',
  )
  .option(
    '--database-url <url>',
    'http with --url: a superuser of the server whose databases that system keeps; scratch portals are made there',
  )
  .option('--json', 'one JSON document on standard output, all else on standard error')
  .action((named: string | undefined, options: Options) => {
    process.exitCode = prove(named ?? options.adapter, options)
  })
await runProgram(kit)

function prove(named: string | undefined, { url, databaseUrl, ...options }: Options): number {
  const json = options.json === true
  const adapter = adapterNames.find((name) => name === named)
  if (!adapter) return wrongUse(`name an adapter: ${adapterNames.join(' or ')}`, json)
  if (url !== undefined && (adapter !== 'http' || !databaseUrl || !process.env.HTTP_ADAPTER_SECRET))
    return wrongUse('--url is for the http adapter, with --database-url and HTTP_ADAPTER_SECRET', json)
  const remote = url === undefined ? {} : { ADAPTER_KIT_URL: url, ADAPTER_KIT_DATABASE_URL: databaseUrl }
  const ran = runSuite(`lib/snapshots/adapters/${adapter}/conformance.test.ts`, remote)
  if ('wrong' in ran) return wrongUse(ran.wrong, json)
  const { capabilities } = ran
  const failed = ran.checks.filter(({ passed }) => !passed)
  const total = ran.checks.reduce((sum, { ms }) => sum + ms, 0)
  if (json) process.stdout.write(`${JSON.stringify({ adapter, capabilities, checks: ran.checks })}\n`)
  else {
    const can = Object.entries(capabilities).map(([name, declared]) => `${declared ? 'can   ' : 'cannot'}  ${name}`)
    const lines = ran.checks.map(
      ({ on, check, passed, ms, why }) =>
        `${passed ? 'passed' : 'FAILED'} ${String(ms).padStart(7)} ms  ${check}  [${on}]${why === null ? '' : `\n    ${why}`}`,
    )
    const end = `${ran.checks.length - failed.length} passed, ${failed.length} failed, ${(total / 1000).toFixed(1)} s`
    process.stdout.write(`${[`The ${adapter} adapter`, ...can, '', ...lines, '', end].join('\n')}\n`)
  }
  return failed.length === 0 ? exitCodes.done : exitCodes.failed
}

type Ran = { checks: Checked[]; capabilities: Record<string, boolean> }

function runSuite(file: string, environment: Record<string, string | undefined>): Ran | { wrong: string } {
  const directory = mkdtempSync(join(tmpdir(), 'restore-desk-kit-'))
  try {
    const output = join(directory, 'results.json')
    const args = ['node_modules/vitest/vitest.mjs', 'run', file, '--reporter=json', `--outputFile=${output}`]
    // As the adapter that is proved tells them there: a remote's own are not known before it was asked.
    const declared = join(directory, 'declared.json')
    const env = { ...process.env, ...environment, ADAPTER_KIT_DECLARED: declared }
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 64_000_000, env })
    if (!existsSync(output)) return { wrong: `the suite was not run:\n${stdout}${stderr}` }
    const parsed = results.parse(z.unknown().parse(JSON.parse(readFileSync(output, 'utf8'))))
    const checks = parsed.testResults.flatMap(({ assertionResults }) =>
      assertionResults.map(({ ancestorTitles, title, status, duration, failureMessages }) => ({
        on: ancestorTitles.join(' '),
        check: title,
        passed: status === 'passed',
        ms: Math.round(duration ?? 0),
        why: status === 'passed' ? null : (failureMessages?.[0]?.split('\n')[0] ?? 'it was not run'),
      })),
    )
    const said = parsed.testResults.map(({ message }) => message ?? '').join('\n')
    if (checks.length === 0) return { wrong: `no check was run:\n${stdout}${said}` }
    return { checks, capabilities: z.record(z.string(), z.boolean()).parse(JSON.parse(readFileSync(declared, 'utf8'))) }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

function wrongUse(words: string, json: boolean): number {
  process.stderr.write(`${words}\n`)
  if (json) process.stdout.write(`${JSON.stringify({ error: words })}\n`)
  return exitCodes.wrongUse
}
