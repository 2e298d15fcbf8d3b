import { Command, CommanderError } from 'commander'
import { connect, type Db, drizzleOver } from '#db/client.ts'
import { type SystemActor, systemActor } from '#lib/domain/actor.ts'
import type { Refusal } from '#lib/domain/refusal.ts'
import { refusalWords } from '#lib/domain/refusal-words.ts'
import { env, WrongEnvironment } from '#lib/runtime/env.ts'
import { demoDir, readAddress } from './demo-files.ts'

/** What a command ends with: 0 done, 2 wrong use, 3 refused by a rule, 4 failed with the portal as it was. */
export const exitCodes = { done: 0, wrongUse: 2, refused: 3, failed: 4 } as const

/** Wrong use, found out after the options were parsed. */
export class WrongUse extends Error {
  override name = 'WrongUse'
}

/** A command's end: the document for `--json`, and the same in words for people. */
export type Answer = { code: (typeof exitCodes)[keyof typeof exitCodes]; document: unknown; words: string }
/** The desk as the person at the server's shell reaches it. */
export type Desk = { db: Db; operator: SystemActor; signal: AbortSignal }

/** A program of subcommands; `npm run <name> -- …`. */
export function program(name: string, description: string): Command {
  return new Command(name).description(description).exitOverride().configureOutput({ writeOut: writeHelp, writeErr: writeNote })
}

/** Adds a subcommand with `--json`; `work` gets the parsed options and an open desk. */
export function subcommand<Options extends { json?: true }>(
  parent: Command,
  name: string,
  declare: (command: Command) => Command,
  work: (desk: Desk, options: Options) => Promise<Answer>,
): void {
  const command = declare(parent.command(name)).option(
    '--json',
    'one JSON document on standard output, all else on standard error',
  )
  command.action(async (options: Options) => {
    process.exitCode = await answer(options.json === true, (desk) => work(desk, options))
  })
}

/** Parses the command line and runs what it names. Never throws. */
export async function runProgram(parent: Command): Promise<void> {
  try {
    await parent.parseAsync()
  } catch (cause) {
    if (!(cause instanceof CommanderError)) throw cause
    process.exitCode = cause.exitCode === 0 ? exitCodes.done : exitCodes.wrongUse
  }
}

async function answer(json: boolean, work: (desk: Desk) => Promise<Answer>): Promise<number> {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort(new Error('stopped by a signal')))
  let client: ReturnType<typeof connect> | undefined
  try {
    findDesk()
    client = connect(env().databaseUrl, 4)
    const operator = systemActor('operator', operatorName())
    const { code, document, words } = await work({ db: drizzleOver(client), operator, signal: stop.signal })
    if (json) process.stdout.write(`${JSON.stringify(document)}\n`)
    else process.stdout.write(`${words}\n`)
    return code
  } catch (cause) {
    const wrongUse = cause instanceof WrongUse || cause instanceof WrongEnvironment
    const message = cause instanceof Error ? cause.message : String(cause)
    writeNote(`${message}\n`)
    if (json) process.stdout.write(`${JSON.stringify({ error: message })}\n`)
    return wrongUse ? exitCodes.wrongUse : exitCodes.failed
  } finally {
    await client?.end()
  }
}

/** `DATABASE_URL`, else the demo that runs from `DATA_DIR`. */
function findDesk(): void {
  if (!process.env.DATABASE_URL) {
    const dir = demoDir(process.env)
    const address = readAddress(dir)
    if (!address) {
      throw new WrongUse(
        'DATABASE_URL is not set and no demo is running here. Start one (npm run demo), or name the desk’s database in DATABASE_URL.',
      )
    }
    Object.assign(process.env, {
      DATABASE_URL: address.databaseUrl,
      AUTH_SECRET: address.authSecret,
      APP_URL: address.appUrl,
      SMTP_URL: address.smtpUrl,
      DATA_DIR: dir,
      DEMO: '1',
    })
  }
  process.env.LOG_LEVEL ||= 'warn'
  env()
}

export function operatorName(): string {
  return process.env.SUDO_USER || process.env.USER || 'operator'
}

/** A no as every command gives it. */
export function refusalDocument(refusal: Refusal) {
  const { why, whatWouldHelp } = refusalWords(refusal, { locale: 'en', timeZone: 'UTC' })
  const detail = whatWouldHelp === null ? why : `${why} ${whatWouldHelp}`
  return { code: refusal.code, rule: refusal.rule, detail, facts: refusal.facts }
}

export function refused(refusal: Refusal, rest: Record<string, unknown> = {}): Answer {
  const document = refusalDocument(refusal)
  const by = document.rule === null ? 'Refused' : `Refused by rule ${document.rule}`
  const { problem } = refusal.facts
  const words = `${by}: ${document.detail}${typeof problem === 'string' ? `\n${problem}` : ''}`
  return { code: exitCodes.refused, document: { ...rest, refusal: document }, words }
}

function writeHelp(text: string): void {
  process.stdout.write(text)
}

function writeNote(text: string): void {
  process.stderr.write(text)
}
