import { PassThrough, type Readable } from 'node:stream'
import { pastLocksThatGo } from './past-locks.ts'
import type { Repository } from './repository.ts'
import { startRestic } from './restic-command.ts'
import type { Running, RunOptions } from './run-program.ts'

/** A command of restic that streams what it tells. */
export type Reading = { stdout: Readable } & Pick<Running, 'ended' | 'stop'>

export function readRestic(repository: Repository, args: string[], options: RunOptions = {}): Reading {
  const stdout = new PassThrough()
  let isStopped = false
  let running: Running | undefined
  const attempt = () => {
    running = startRestic(repository, args, options)
    const { child } = running
    child.stdin?.end()
    // Read at once: what nobody has begun to read when a program ends, node throws away.
    child.stdout?.on('error', (error) => stdout.destroy(error)).pipe(stdout, { end: false })
    return running.ended
  }
  // Whoever reads no more lets the program end.
  stdout.once('close', () => running?.child.stdout?.destroy())
  // Told to whoever reads; to who does not, by how it ended.
  stdout.on('error', () => undefined)
  const ended = pastLocksThatGo(repository, attempt, () => !isStopped && options.signal?.aborted !== true)
  ended.then(
    () => stdout.end(),
    (error: unknown) => stdout.destroy(error instanceof Error ? error : new Error(String(error))),
  )
  const stop = async () => {
    isStopped = true
    await running?.stop()
  }
  return { stdout, ended, stop }
}
