import type { Repository } from './repository.ts'
import { type Running, runProgram, startProgram } from './run-program.ts'

/** One command of restic, run to its end. The password is read by restic from its file; address and keys are in its environment only. */
export function resticCommand(
  repository: Repository,
  args: string[],
  options: { signal?: AbortSignal | undefined; input?: string } = {},
): Promise<{ code: number | null; out: string; said: string }> {
  return runProgram('restic', [...optionsOf(repository), ...args], { ...options, env: environmentOf(repository) })
}

/** Starts a command that streams; how it ended is judged by `problemOf`. */
export function startRestic(
  repository: Repository,
  args: string[],
  options: { signal?: AbortSignal | undefined; onSaid?: (text: string) => void } = {},
): Running {
  return startProgram('restic', [...optionsOf(repository), ...args], { ...options, env: environmentOf(repository) })
}

function environmentOf({ address, passwordFile, environment }: Repository): Record<string, string> {
  return { ...environment, RESTIC_REPOSITORY: address, RESTIC_PASSWORD_FILE: passwordFile }
}

const optionsOf = ({ sftpCommand }: Repository) => (sftpCommand === null ? [] : ['-o', `sftp.command=${sftpCommand}`])
