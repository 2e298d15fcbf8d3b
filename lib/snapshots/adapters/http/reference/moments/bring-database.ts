import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { PortalRef } from '../../../../port.ts'
import { quoteName, withClient } from '../../../postgres/connect.ts'
import { compareManifests, measureManifest } from '../../../postgres/manifest.ts'
import { withSides } from '../../../postgres/sides.ts'
import { dumpFlags, settledText } from '../../../restic/dump-portal.ts'
import { loadFlags } from '../../../restic/load-archive.ts'
import { pgEnvironment } from '../../../restic/pg-environment.ts'
import { portableStructure } from '../../../restic/portable-structure.ts'
import type { Programs } from '../../../restic/programs.ts'
import { startProgram } from '../../../restic/run-program.ts'

type Bringing = {
  programs: Programs
  from: { superUrl: string; databaseName: string }
  into: { portal: PortalRef; databaseName: string }
  /** Told every few seconds while rows flow. */
  tell: (doing: string) => Promise<void>
}

const TELL_EVERY_MS = 5_000

/** Loads a database of the one server into an empty one of the other, and holds each table and what is no row against where it came from. */
export async function bringDatabase({ programs, from, into, tell }: Bringing, signal: AbortSignal): Promise<void> {
  // The moment may lie under a bar.
  await withClient(from.superUrl, undefined, (then) =>
    then.query(`alter database ${quoteName(from.databaseName)} with allow_connections true connection limit -1`),
  )
  const { adminUrl } = into.portal
  const env = pgEnvironment(adminUrl, into.databaseName, { synchronous_commit: 'off' })
  const dumper = startProgram(programs.dump, dumpFlags, {
    env: pgEnvironment(from.superUrl, from.databaseName, settledText),
    signal,
  })
  const loader = startProgram(
    programs.restore,
    ['--format=custom', '--exit-on-error', ...loadFlags, `--dbname=${into.databaseName}`],
    {
      env,
      signal,
    },
  )
  try {
    const broken = await flow(dumper.child.stdout, loader.child.stdin, tell)
    const [dumped, loaded] = await Promise.all([dumper.ended, loader.ended])
    signal.throwIfAborted()
    if (loaded.code !== 0) throw new Error(`pg_restore: ${loaded.said.trim().slice(-600)}`)
    if (dumped.code !== 0) throw new Error(`pg_dump: ${dumped.said.trim().slice(-600)}`)
    if (broken) throw broken.cause
  } finally {
    await Promise.all([dumper.stop(), loader.stop()])
  }
  await withClient(adminUrl, into.databaseName, (copy) => copy.query('analyze'))
  await tell('comparing')
  const [then, brought] = [
    await measure(from.superUrl, from.databaseName, signal),
    await measure(adminUrl, into.databaseName, signal),
  ]
  const compared = compareManifests(then, brought)
  if (compared.ok) return
  const differs = compared.problems.map(({ schema, table, problem }) => `${schema}.${table} ${problem}`)
  throw new Error(`what was brought is not what was there: ${differs.join('; ')}`)
}

/** What broke on the way; whoever read less than all says why by its exit code. */
async function flow(
  from: NodeJS.ReadableStream | null,
  to: NodeJS.WritableStream | null,
  tell: Bringing['tell'],
): Promise<{ cause: unknown } | null> {
  if (!from || !to) throw new Error('a program was started without its pipes')
  try {
    await pipeline(from, watched(tell), to)
    return null
  } catch (cause) {
    return { cause }
  }
}

function watched(tell: Bringing['tell']): Transform {
  let [bytes, told] = [0, performance.now()]
  return new Transform({
    transform: (piece: Buffer, _encoding, done) => {
      bytes += piece.length
      if (performance.now() - told < TELL_EVERY_MS) return done(null, piece)
      told = performance.now()
      tell(`${bytes} bytes brought`).then(() => done(null, piece), done)
    },
  })
}

async function measure(url: string, databaseName: string, signal: AbortSignal) {
  return withSides(url, [{ databaseName }], async (side) => ({
    ...(await measureManifest(side, signal)),
    structure: await portableStructure(side),
  }))
}
