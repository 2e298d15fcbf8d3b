import { clearDeadLocks } from './locks.ts'
import { pastLocksThatGo } from './past-locks.ts'
import { problemOf } from './problem.ts'
import type { Repository } from './repository.ts'
import { resticCommand } from './restic-command.ts'
import type { RunOptions } from './run-program.ts'

/** What restic answers to a command, as text. Throws a `RepositoryProblem`. A lock whose process is surely gone is taken away, once (S121). */
export async function askRestic(
  repository: Repository,
  args: string[],
  options: { input?: string } & RunOptions = {},
): Promise<string> {
  const attempt = () => pastLocksThatGo(repository, () => resticCommand(repository, args, options))
  const first = await attempt()
  if (first.code === 0) return first.out
  const problem = problemOf(repository, first.said)
  if (problem.kind !== 'locked' || !(await clearDeadLocks(repository))) throw problem
  const second = await attempt()
  if (second.code === 0) return second.out
  throw problemOf(repository, second.said)
}
