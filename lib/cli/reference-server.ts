import { resolve } from 'node:path'
import { startReferenceServer } from '#lib/snapshots/adapters/http/reference/server.ts'
import { isSecret } from '#lib/snapshots/adapters/http/signature.ts'
import { postgresAdapter } from '#lib/snapshots/adapters/postgres/adapter.ts'
import { exitCodes, program, runProgram } from './command.ts'

/** The other side of the http adapter's protocol, in front of the postgres adapter. Runs until it is stopped; 2 without a usable secret. */
type Options = { databaseUrl: string; directory: string; host: string; port: string }

const command = program('reference-server', 'Answers the http adapter for the databases of one PostgreSQL server')
command
  .requiredOption('--database-url <url>', 'as a role that may capture and restore: postgres://user:password@host/database')
  .option('--directory <path>', 'where operations, manifests and journals are kept', '.data/reference-server')
  .option('--host <address>', 'where it listens; put TLS in front of any other than this machine', '127.0.0.1')
  .option('--port <port>', 'where it listens', '3380')
  .addHelpText('after', '\nHTTP_ADAPTER_SECRET is the desk’s own: whsec_ and 24 bytes or more in base64.')
  .action(serve)
await runProgram(command)

async function serve({ databaseUrl, directory, host, port }: Options): Promise<void> {
  const secret = process.env.HTTP_ADAPTER_SECRET ?? ''
  if (!isSecret(secret)) {
    process.stderr.write('HTTP_ADAPTER_SECRET is not whsec_ followed by 24 bytes or more in base64\n')
    process.exitCode = exitCodes.wrongUse
    return
  }
  const options = { adapter: postgresAdapter, adminUrl: databaseUrl, secret, directory: resolve(directory), host }
  const server = await startReferenceServer({ ...options, port: Number(port) })
  process.stdout.write(`${server.url}\n`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.stop())
}
