import { clearDeadLocks } from './locks.ts'
import type { Repository } from './repository.ts'
import { aLockWent } from './restic-command.ts'

/**
 * Begins a command anew that fell over a lock which went: until restic has looked at all locks it does nothing, and tells nothing. It may have made its own by
 * then, and left it. `mayBegin` says no once nobody wants it any more.
 */
export async function pastLocksThatGo<T extends { code: number | null; said: string }>(
  repository: Repository,
  attempt: () => Promise<T>,
  mayBegin: () => boolean = () => true,
): Promise<T> {
  for (let left = attemptsAtMost; ; left--) {
    const ended = await attempt()
    if (ended.code === 0 || left === 1 || !aLockWent(ended.said)) return ended
    await clearDeadLocks(repository)
    if (!mayBegin()) return ended
  }
}

const attemptsAtMost = 10
