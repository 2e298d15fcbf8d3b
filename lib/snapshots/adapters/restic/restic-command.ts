import type { Repository } from './repository.ts'
import { type Running, type RunOptions, runProgram, startProgram } from './run-program.ts'

/** One command of restic, run to its end. The password is read by restic from its file; address and keys are in its environment only. */
export function resticCommand(
  repository: Repository,
  args: string[],
  options: { input?: string } & RunOptions = {},
): Promise<{ code: number | null; out: string; said: string }> {
  return runProgram('restic', [...optionsOf(repository), ...args], { ...options, ...surroundings(repository, options) })
}

/** Starts a command that streams. How one that ended is judged: `pastLocksThatGo`, then `problemOf`. */
export function startRestic(repository: Repository, args: string[], options: RunOptions = {}): Running {
  return startProgram('restic', [...optionsOf(repository), ...args], { ...options, ...surroundings(repository, options) })
}

/**
 * Whether it fell over a lock that its owner took away between the list of locks and the look at it. restic before 0.17 asks for such a one again and again
 * for a quarter of an hour, with two commands at a time once in some two hundred; it is stopped at the first word of it.
 */
export function aLockWent(said: string): boolean {
  return /Load\(<lock\/[^\n]*(no such file|not exist|NoSuchKey|404)/.test(said)
}

function surroundings(repository: Repository, { isEnough }: RunOptions) {
  const { address, passwordFile, environment } = repository
  const isTooLong = triedTooLong(repository)
  return {
    env: { ...environment, RESTIC_REPOSITORY: address, RESTIC_PASSWORD_FILE: passwordFile },
    isEnough: (said: string) => aLockWent(said) || isTooLong(said) || isEnough?.(said) === true,
  }
}

const optionsOf = ({ sftpCommand }: Repository) => (sftpCommand === null ? [] : ['-o', `sftp.command=${sftpCommand}`])

/** Whether the last that was said is that something failed again which failed first longer ago than the repository is waited for. */
function triedTooLong({ patienceMs }: Repository): (said: string) => boolean {
  const failedFirst = new Map<string, number>()
  return (said) => {
    const [, what] = /(?:^|\n)([^\n]+) returned error, retrying after [^\n]*\n$/.exec(said) ?? []
    if (what === undefined) return false
    const now = performance.now()
    const first = failedFirst.get(what) ?? now
    failedFirst.set(what, first)
    return now - first >= patienceMs
  }
}
