import { hostname } from 'node:os'
import { z } from 'zod'
import type { Repository } from './repository.ts'
import { aLockWent, resticCommand } from './restic-command.ts'

/** A lock in the repository, as its maker wrote it. `gone`: it was made on this machine by a process that is not there any more. */
export type RepositoryLock = { id: string; time: string; hostname: string; pid: number; exclusive: boolean; gone: boolean }

const lockFile = z.object({ time: z.string(), exclusive: z.boolean(), hostname: z.string(), pid: z.number() })

export async function readLocks(repository: Repository): Promise<RepositoryLock[]> {
  const listed = await resticCommand(repository, ['list', 'locks', '--no-lock'])
  const locks: RepositoryLock[] = []
  for (const id of listed.out.split('\n').filter((line) => /^[0-9a-f]{64}$/.test(line))) {
    const shown = await resticCommand(repository, ['cat', 'lock', id, '--no-lock'])
    // Taken away by its owner between the two questions.
    if (shown.code !== 0) continue
    const lock = lockFile.parse(JSON.parse(shown.out))
    locks.push({ id, ...lock, gone: lock.hostname === hostname() && !isRunning(lock.pid) })
  }
  return locks
}

/**
 * Takes away the locks of processes that are surely gone; true when there was one. restic's own `unlock` also takes any lock that was not
 * renewed for half an hour, which a machine that sleeps or another one may still count on: while there is such a lock nothing is taken.
 */
export async function clearDeadLocks(repository: Repository): Promise<boolean> {
  const locks = await readLocks(repository)
  const doubtful = locks.some(({ gone, time }) => !gone && Date.now() - Date.parse(time) > renewedWithinMs)
  if (doubtful || !locks.some(({ gone }) => gone)) return false
  for (let left = attemptsAtMost; left > 0; left--) {
    const { code, said } = await resticCommand(repository, ['unlock'])
    if (code === 0 || !aLockWent(said)) return code === 0
  }
  return false
}

const attemptsAtMost = 10

const renewedWithinMs = 25 * 60_000

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // Somebody else's process is a process all the same.
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
  }
}
