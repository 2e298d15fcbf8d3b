import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type KillGround, startKillGround } from '../testing/kill-ground.ts'
import { type Operation, operations } from '../testing/kill-stages.ts'
import { makeGround } from '../testing/kill-sweep.ts'

/**
 * I3, S48–S50, S105, S107: a worker is killed where most is at stake, another takes over. `npm run bench -- kill-sweep` does it at every
 * boundary of every operation, and kills the server too.
 */
const atStake: Partial<Record<Operation, string[]>> = {
  capturePhysical: ['capture.barred', 'capture.created', 'capture.ready', 'capture.finishing'],
  captureOnline: ['capture.brought'],
  crmInPlace: ['rehearse.cloned', 'restore.locked', 'restore.applied', 'restore.commit', 'restore.committed', 'run.finishing'],
  fullSwap: ['swap.cloned', 'swap.barred', 'swap.commit', 'swap.committed', 'run.adopted'],
  undo: ['restore.commit'],
  putBack: ['restore.commit'],
  prune: ['prune.decided', 'prune.dropped'],
}
const dir = mkdtempSync(join(tmpdir(), 'kill-sweep-'))
let ground: KillGround
beforeAll(async () => {
  ground = await startKillGround(dir)
})
afterAll(async () => {
  await ground.stop()
  rmSync(dir, { recursive: true, force: true })
})

describe('I3 S48 S50 a worker killed at any boundary leaves the portal wholly old or wholly new, and another one finishes', () => {
  test.each(operations.filter((operation) => atStake[operation]))('%s', { timeout: 600_000 }, async (operation) => {
    const field = await makeGround(ground, operation)
    const boundaries = await field.rehearse()
    for (const boundary of atStake[operation] ?? []) {
      expect(boundaries).toContain(boundary)
      const round = await field.round({ boundary, occurrence: 0 }, 'self')
      expect({ boundary: round.boundary, wrong: round.wrong }).toEqual({ boundary, wrong: [] })
    }
    await field.drop()
  })
})
