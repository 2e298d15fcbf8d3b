import { resolve } from 'node:path'
import { Moments } from '#lib/snapshots/adapters/http/reference/moments/moments.ts'
import { startReferenceServer } from '#lib/snapshots/adapters/http/reference/server.ts'
import { isSecret } from '#lib/snapshots/adapters/http/signature.ts'
import { postgresAdapter } from '#lib/snapshots/adapters/postgres/adapter.ts'
import { exitCodes, program, runProgram } from './command.ts'

const DAY_MS = 24 * 3_600_000
const KEEP_EVERY_MS = 60_000

/** The other side of the http adapter's protocol, in front of the postgres adapter. Runs until it is stopped; 2 without a usable secret. */
type Options = { databaseUrl: string; directory: string; host: string; port: string; moments?: string; momentsDays: string }

const command = program('reference-server', 'Answers the http adapter for the databases of one PostgreSQL server')
command
  .requiredOption('--database-url <url>', 'as a role that may capture and restore: postgres://user:password@host/database')
  .option('--directory <path>', 'where operations, manifests and journals are kept', '.data/reference-server')
  .option('--host <address>', 'where it listens; put TLS in front of any other than this machine', '127.0.0.1')
  .option('--port <port>', 'where it listens', '3380')
  .option('--moments <path>', 'keep base backups and WAL there, so that restore points of any moment can be made')
  .option('--moments-days <days>', 'how far back these go', '7')
  .addHelpText('after', '\nHTTP_ADAPTER_SECRET is the desk’s own: whsec_ and 24 bytes or more in base64.')
  .action(serve)
await runProgram(command)

async function serve({ databaseUrl, directory, host, port, moments: kept, momentsDays }: Options): Promise<void> {
  const secret = process.env.HTTP_ADAPTER_SECRET ?? ''
  if (!isSecret(secret)) return wrongUse('HTTP_ADAPTER_SECRET is not whsec_ followed by 24 bytes or more in base64')
  const days = Number(momentsDays)
  if (!(days > 0 && days <= 7)) return wrongUse('--moments-days is not a number of days up to 7')
  const moments = kept === undefined ? null : await openMoments(databaseUrl, resolve(kept), days)
  const options = { adapter: postgresAdapter, adminUrl: databaseUrl, secret, directory: resolve(directory), host }
  const server = await startReferenceServer({ ...options, port: Number(port), moments })
  const keeping = moments && keepAtIt(moments)
  process.stdout.write(`${server.url}\n`)
  const stop = async () => {
    clearInterval(keeping ?? undefined)
    await server.stop()
    await moments?.stop()
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop())
}

/** Null, and why, where they cannot be kept on this machine: everything else is offered all the same. */
async function openMoments(adminUrl: string, directory: string, days: number): Promise<Moments | null> {
  const opened = await Moments.open({ adminUrl, directory, retentionMs: days * DAY_MS })
  if (opened.ok) return opened.moments
  process.stderr.write(`no restore points of any moment: ${opened.because}\n`)
  return null
}

function keepAtIt(moments: Moments): NodeJS.Timeout {
  const keep = () =>
    void moments.keep().catch((cause: unknown) => {
      process.stderr.write(`moments: ${cause instanceof Error ? cause.message : String(cause)}\n`)
    })
  keep()
  return setInterval(keep, KEEP_EVERY_MS)
}

function wrongUse(words: string): void {
  process.stderr.write(`${words}\n`)
  process.exitCode = exitCodes.wrongUse
}
