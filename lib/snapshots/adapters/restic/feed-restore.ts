import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Archive, ArchiveRecord } from './archives.ts'
import { RepositoryProblem } from './problem.ts'
import type { Programs } from './programs.ts'
import { readArchive } from './read-archive.ts'
import type { Repository } from './repository.ts'
import { type Running, startProgram } from './run-program.ts'

export type Feeding = { repository: Repository; archive: Archive; record: ArchiveRecord; programs: Programs }

/**
 * Streams the archive through pg_restore, and what that says on its output to `into` (nowhere, where it writes to a database). The archive is summed on
 * the way: when this returns, it was the recorded one to the last byte, and not before.
 */
export async function feedRestore(
  { repository, archive, record, programs }: Feeding,
  { flags, env, into = nowhere() }: { flags: string[]; env: Record<string, string>; into?: NodeJS.WritableStream },
  signal: AbortSignal | undefined,
): Promise<void> {
  const loader = startProgram(programs.restore, ['--format=custom', '--exit-on-error', ...flags], { env, signal })
  const { stdin, stdout } = loader.child
  // Without a process left to give, there are no pipes either.
  if (!stdin || !stdout) throw new Error(`pg_restore could not be started: ${(await loader.ended).said}`)
  const [broken, unheard, ended] = await Promise.all([
    // Whichever breaks, nobody waits for the others: pg_restore would for the rest of an archive, and restic for pg_restore.
    causeOf(readArchive(repository, archive, record, signal, untilSatisfied(stdin, loader.ended)), loader.stop),
    causeOf(pipeline(stdout, into), loader.stop),
    loader.ended,
  ])
  signal?.throwIfAborted()
  // pg_restore complains of a stream that breaks off, too; why it broke off is the reason.
  if (broken?.cause instanceof RepositoryProblem) throw broken.cause
  if (unheard) throw unheard.cause
  if (ended.code !== 0 && ended.said !== '') {
    const words = ended.said.trim().slice(-600)
    const forbidden = /permission denied|must be (owner|superuser|member|able)/.test(words)
    throw new RepositoryProblem(forbidden ? 'forbidden' : 'unloadable', `the archive cannot be loaded: ${words}`)
  }
  if (broken) throw broken.cause
  if (ended.code !== 0) throw new Error('pg_restore was ended before it was done')
}

/** pg_restore goes when it has read what it needs, perhaps before the stream's end: the rest is read all the same, for the sum. When it failed, no more is. */
function untilSatisfied(stdin: Writable, ended: Running['ended']): Writable {
  let waiting: (() => void) | null = null
  const goOn = () => {
    const next = waiting
    // Before it is called: it may write what waits behind, and that waits anew.
    waiting = null
    next?.()
  }
  stdin.on('drain', goOn)
  stdin.on('close', goOn)
  const into = new Writable({
    write: (chunk: unknown, _encoding, done) => {
      if (stdin.destroyed || stdin.write(chunk)) done()
      else waiting = done
    },
    final: (done) => {
      stdin.end()
      done()
    },
  })
  void ended.then(({ code }) => {
    goOn()
    if (code !== 0) into.destroy(new Error('pg_restore ended before it was done'))
  })
  return into
}

async function causeOf(work: Promise<void>, stop: () => Promise<void>): Promise<{ cause: unknown } | null> {
  try {
    await work
    return null
  } catch (cause) {
    await stop()
    return { cause }
  }
}

function nowhere(): Writable {
  return new Writable({ write: (_chunk: unknown, _encoding, done) => done() })
}
