import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { canKeepFiles } from '#lib/snapshots/testing/kill-files.ts'
import { startKillGround } from '#lib/snapshots/testing/kill-ground.ts'
import { type Operation, operations } from '#lib/snapshots/testing/kill-stages.ts'
import { makeGround, type Round } from '#lib/snapshots/testing/kill-sweep.ts'
import { report, spread } from './figures.ts'

type Options = { rounds: number; server: number; only: Operation[]; at: string[] | null }

/**
 * Kills a worker at the boundaries of every operation in turn (and in every `server`-th round the PostgreSQL server under it), lets another
 * take over, and looks at what is left. Every boundary is met before any is met twice. Ends with status 1 if anything was wrong.
 */
export async function benchKillSweep({ rounds, server, only: wanted, at }: Options): Promise<void> {
  const only = wanted.filter((operation) => operation !== 'fullWithFiles' || canKeepFiles())
  if (only.length < wanted.length) console.log('fullWithFiles is left out: restic or PostgreSQL’s own programs are not installed')
  const dir = mkdtempSync(join(tmpdir(), 'kill-sweep-'))
  const ground = await startKillGround(dir)
  const played: Round[] = []
  try {
    const each = Math.ceil(rounds / only.length)
    for (const operation of only) {
      const field = await makeGround(ground, operation)
      const boundaries = await field.rehearse()
      const names = [...new Set(boundaries)].filter((name) => at === null || at.includes(name))
      for (let round = 0; round < each; round++) {
        const how = server > 0 && round % server === server - 1 ? 'server' : 'self'
        const boundary = names[stepThrough(round, each, names.length)] ?? ''
        const times = boundaries.filter((one) => one === boundary).length
        const one = await field.round({ boundary, occurrence: Math.floor(round / names.length) % times }, how)
        played.push(one)
        console.log(lineOf(one))
      }
      await field.drop()
    }
  } finally {
    await ground.stop()
    rmSync(dir, { recursive: true, force: true })
  }
  summarise(played)
}

/** Evenly over all boundaries when there are fewer rounds than those, and round and round when there are more. */
function stepThrough(round: number, rounds: number, boundaries: number): number {
  return rounds >= boundaries ? round % boundaries : Math.floor((round * boundaries) / rounds)
}

function lineOf({ operation, boundary, how, portalWas, takenOverMs, finishedMs, wrong }: Round): string {
  const verdict = wrong.length === 0 ? 'ok' : `WRONG ${wrong.join('; ')}`
  return [
    operation.padEnd(16),
    how.padEnd(7),
    boundary.padEnd(20),
    portalWas.padEnd(8),
    `${takenOverMs}`.padStart(6),
    `${finishedMs}`.padStart(6),
    verdict,
  ].join(' ')
}

function summarise(played: Round[]): void {
  const wrong = played.filter((round) => round.wrong.length > 0)
  report('kill-sweep', {
    rounds: played.length,
    'rounds with the server killed': played.filter((round) => round.how === 'server').length,
    'different boundaries': new Set(played.map(({ operation, boundary }) => `${operation} ${boundary}`)).size,
    'portal was old': played.filter((round) => round.portalWas === 'old').length,
    'portal was new': played.filter((round) => round.portalWas === 'new').length,
    'portal was barred, until the next worker': played.filter((round) => round.portalWas === 'barred').length,
    'portal was neither': played.filter((round) => round.portalWas === 'neither').length,
    'rounds with anything wrong': wrong.length,
    'taken over, ms (lease of 1 s)': spread(played.map((round) => round.takenOverMs)),
    'finished by the other worker, ms': spread(played.map((round) => round.finishedMs)),
  })
  if (wrong.length > 0) process.exitCode = 1
}

export const everyOperation: Operation[] = [...operations]
