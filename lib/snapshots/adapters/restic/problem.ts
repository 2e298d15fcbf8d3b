import type { AdapterRefusal } from '../../port.ts'
import type { Repository } from './repository.ts'

/**
 * `unavailable`: not reachable, wrong password. `locked`: somebody works on it. `damaged`: it opened, and what it holds is not whole.
 * `unloadable`: whole, but the portal's server does not take it; `forbidden`: for want of a right; `encoding`: whole, but its text cannot be read here.
 */
export class RepositoryProblem extends Error {
  override name = 'RepositoryProblem'
  readonly kind: 'unavailable' | 'locked' | 'damaged' | 'unloadable' | 'forbidden' | 'encoding'

  constructor(kind: RepositoryProblem['kind'], message: string) {
    super(message)
    this.kind = kind
  }
}

/** What went wrong, by what restic said. The address is struck out: it may hold a password. */
export function problemOf(repository: Repository, said: string): RepositoryProblem {
  const url = repository.address.replace(/^\w+:(?=https?:)/, '')
  const words = lastLines(said.replaceAll(repository.address, 'the repository').replaceAll(url, 'the repository'))
  if (/already locked/.test(said)) return new RepositoryProblem('locked', words)
  return new RepositoryProblem(isDamage(said) ? 'damaged' : 'unavailable', words)
}

/** A repository that opened, but lacks a file of its own, or whose bytes are not what their names and seals say. */
export function isDamage(said: string): boolean {
  return !/unable to open config file|wrong password/.test(said) && damage.some((pattern) => pattern.test(said))
}

const damage = [
  /ciphertext verification failed|does not match|invalid data returned|repository contains errors|hash mismatch/,
  /not found in (repository|index|snapshot)|no matching ID found|pack .* does not exist/,
  /<(data|index|snapshot)\/.*(no such file|not exist|NoSuchKey|404)/,
]

export function asRefusal(problem: RepositoryProblem, snapshotId: string): AdapterRefusal {
  const facts = { snapshot: snapshotId, because: problem.message }
  if (problem.kind === 'forbidden') return { code: 'role_lacks_right', facts }
  return {
    code: problem.kind === 'damaged' || problem.kind === 'unloadable' ? 'contents_differ' : 'repository_unavailable',
    facts,
  }
}

function lastLines(said: string): string {
  const lines = said.split('\n').filter((line) => line.trim() !== '')
  return lines.length === 0 ? 'restic said nothing' : lines.slice(-4).join(' · ').slice(0, 600)
}
