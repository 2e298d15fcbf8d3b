import { pipeline } from 'node:stream/promises'
import type { PortalRef } from '../../port.ts'
import { archiveFile, findByTag, ours, tagsOf } from './archives.ts'
import { makeMeter } from './meter.ts'
import { pastLocksThatGo } from './past-locks.ts'
import { pgEnvironment } from './pg-environment.ts'
import { problemOf } from './problem.ts'
import type { Programs } from './programs.ts'
import type { Repository } from './repository.ts'
import { startRestic } from './restic-command.ts'
import { type Running, startProgram } from './run-program.ts'

export type Dumped = { archiveId: string; bytes: number; sha256: string }

/**
 * One archive of what the exported snapshot shows, streamed into the repository: nothing of it touches this machine's disk. restic takes the end of
 * its input for the end of the archive, so it only gets to see that end once pg_dump said that all went well. Text stays in the database's own
 * `encoding`, byte for byte: not every byte that a database may hold is a letter of UTF-8, nor of what its settings offer to clients.
 */
export async function dumpPortal(
  repository: Repository,
  programs: Programs,
  portal: PortalRef,
  of: { snapshotId: string; name: string; exportedSnapshot: string; encoding: string },
  signal: AbortSignal,
): Promise<Dumped> {
  const attempt = `attempt:${crypto.randomUUID()}`
  const tags = tagsOf({ ...of, portalId: portal.id }, 'kind:archive', attempt)
  const args = ['backup', '--stdin', '--stdin-filename', archiveFile, '--host', ours, '--tag', tags, '--quiet']
  const kept = await pastLocksThatGo(repository, () =>
    dumpInto(startRestic(repository, args, { signal }), programs, portal, of, signal),
  )
  if (kept.code !== 0) throw problemOf(repository, kept.said)
  return { archiveId: (await findByTag(repository, attempt)).id, ...kept.sums }
}

/** How it ended with the one that keeps; its code is never 0 when it went away before all had flowed. */
async function dumpInto(
  keeper: Running,
  programs: Programs,
  portal: PortalRef,
  of: { exportedSnapshot: string; encoding: string },
  signal: AbortSignal,
) {
  const dumper = startProgram(programs.dump, [...dumpFlags, `--snapshot=${of.exportedSnapshot}`, `--encoding=${of.encoding}`], {
    env: pgEnvironment(portal.adminUrl, portal.databaseName, settledText),
    signal,
  })
  const meter = makeMeter()
  try {
    const flowed = carry(dumper.child.stdout, meter.stream, keeper.child.stdin)
    const dump = await dumper.ended
    const torn = await flowed
    signal.throwIfAborted()
    if (!torn) {
      if (dump.code !== 0) throw new Error(`pg_dump: ${dump.said.trim().slice(-600)}`)
      keeper.child.stdin?.end()
    }
    const { code, said } = await keeper.ended
    signal.throwIfAborted()
    return { code: torn ? null : code, said, sums: meter.read() }
  } catch (error) {
    // Ended, not closed: an input that ends would be kept as a whole archive.
    await Promise.all([keeper.stop(), dumper.stop()])
    throw error
  }
}

/** What a value looks like, as far as pg_dump does not settle it: as the engine's own connections see it, so that a search finds the same text. */
export const settledText = { TimeZone: 'UTC', bytea_output: 'hex' }

/** Uncompressed, for the repository compresses and finds equal pieces again. What a manifest does not promise (S103's unlogged rows) is left out. */
export const dumpFlags = [
  '--format=custom',
  '--compress=0',
  '--no-password',
  '--no-subscriptions',
  '--no-unlogged-table-data',
  '--lock-wait-timeout=60000',
]

/** True when the receiver went away before all had flowed. The receiver's input is left open. */
async function carry(
  from: NodeJS.ReadableStream | null,
  through: NodeJS.ReadWriteStream,
  to: NodeJS.WritableStream | null,
): Promise<boolean> {
  if (!from || !to) throw new Error('a program was started without its pipes')
  try {
    await pipeline(from, through, to, { end: false })
    return false
  } catch {
    return true
  }
}
