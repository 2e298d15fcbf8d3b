import { statfsSync } from 'node:fs'
import type { AdapterRefusal, Facts } from '../../port.ts'
import { addressKind } from './address-kind.ts'
import type { Repository } from './repository.ts'

/**
 * `unavailable`: not reachable, wrong password. `locked`: somebody works on it. `damaged`: it opened, and what it holds is not whole.
 * `full`: there is no space where it is, or where restic puts what it has not sent yet. `unloadable`: whole, but the portal's server does not take it; `forbidden`: for want of a right; `encoding`: whole, but its text cannot be read here.
 */
export class RepositoryProblem extends Error {
  override name = 'RepositoryProblem'
  readonly kind: 'unavailable' | 'locked' | 'damaged' | 'full' | 'unloadable' | 'forbidden' | 'encoding'
  readonly facts: Facts

  constructor(kind: RepositoryProblem['kind'], message: string, facts: Facts = {}) {
    super(message)
    this.kind = kind
    this.facts = facts
  }
}

/** What went wrong, by what restic said. The address is struck out: it may hold a password. */
export function problemOf(repository: Repository, said: string): RepositoryProblem {
  const url = repository.address.replace(/^\w+:(?=https?:)/, '')
  const words = lastLines(said.replaceAll(repository.address, 'the repository').replaceAll(url, 'the repository'))
  if (/already locked/.test(said)) return new RepositoryProblem('locked', words)
  if (isFull(said)) return new RepositoryProblem('full', words, spaceOf(repository))
  return new RepositoryProblem(isDamage(said) ? 'damaged' : 'unavailable', words)
}

/** How much a copy would need is not known beforehand: of what is there already nothing is written again. */
function spaceOf(repository: Repository): Facts {
  const { kind, name } = addressKind(repository)
  if (kind !== 'folder') return name === null ? {} : { where: name }
  const { bavail, bsize } = statfsSync(name)
  return { where: name, freeBytes: bavail * bsize }
}

/** No space, or no more for whoever asks. */
export const isFull = (said: string) => /no space left|disk quota exceeded/i.test(said)

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
  if (problem.kind === 'full') return { code: 'not_enough_disk', facts: { ...facts, of: 'copies', ...problem.facts } }
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
