import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { listWith, textWith } from '#db/testing/matchers.ts'
import type { Boundary, RestoreWay } from '../../../port.ts'
import { call } from '../../postgres/testing/portal.ts'
import { resticAdapter } from '../adapter.ts'
import { archiveWorld } from '../testing/archive-world.ts'
import { makeTree, stateOfTree } from '../testing/file-tree.ts'
import { besides, captureOf, compareOf, filesStages, must, whenAt } from '../testing/files-stage.ts'
import { copyOf, largestPack } from '../testing/repository.ts'
import { asArgument, betweenRenames, type Dying } from '../testing/restore-and-die.ts'
import { mountOn } from '../testing/small-disk.ts'

describe('files go back in step with the rows', { timeout: 300_000 }, () => {
  const world = archiveWorld()
  const { spoiled, spoiledOf, ready, rows } = filesStages(world)

  test.each<RestoreWay>(['in_place', 'swap'])(
    '%s: the tree is exactly as it was, the undo brings back exactly what was there, and that can be undone',
    async (way) => {
      const stage = await spoiled()
      const { ref, root, parent, was } = stage
      const now = stateOfTree(root)
      const request = await ready(stage, way)
      const rehearsed = must(await world().adapter.rehearse(request, call()))
      expect(rehearsed.ok).toBe(true)
      expect([stateOfTree(root), besides(parent, root)]).toEqual([now, []])
      const restored = must(await world().adapter.restore(request, call()))
      expect(restored.files).toEqual({ missing: 1, newer: 2, changed: 2 })
      expect([stateOfTree(root), await rows()]).toEqual([was.files, was.rows])
      expect(besides(parent, root)).toHaveLength(1)

      const safety = { ...(restored.replaced ?? request.safety), filesFrom: request.journalDirectory }
      const back = await ready({ ...stage, snapshot: safety }, way, request.journalDirectory)
      expect(await world().adapter.compare(compareOf(ref, safety))).toMatchObject({ files: { missing: 2, newer: 1, changed: 2 } })
      const undone = must(await world().adapter.undo(back, call()))
      expect(undone.files).toEqual({ missing: 2, newer: 1, changed: 2 })
      expect([stateOfTree(root), await rows()]).toEqual([now, stage.rowsNow])

      const again = { ...(undone.replaced ?? back.safety), filesFrom: back.journalDirectory }
      must(await world().adapter.undo(await ready({ ...stage, snapshot: again }, way, back.journalDirectory), call()))
      expect([stateOfTree(root), await rows()]).toEqual([was.files, was.rows])

      // A kept tree lives as long as the journal of its restore.
      expect(besides(parent, root)).toHaveLength(3)
      rmSync(request.journalDirectory, { recursive: true })
      await world().adapter.prune(ref, request.safety)
      expect(besides(parent, root)).toHaveLength(2)
      rmSync(back.journalDirectory, { recursive: true })
      await world().adapter.recover({ portal: ref, keep: [], busy: [] })
      expect(besides(parent, root)).toHaveLength(1)
    },
  )

  test('I4 R11 a file that nobody consented to lose stops the restore before anybody waits for it; within the tolerance it goes', async () => {
    const stage = await spoiled()
    const { root } = stage
    const early = await ready(stage, 'in_place')
    writeFileSync(join(root, 'after the consent.pdf'), 'new')
    const refused = { ok: false, refusal: { code: 'loss_grew', facts: { files: 1, named: ['after the consent.pdf'] } } }
    expect(await world().adapter.restore(early, call())).toMatchObject(refused)
    rmSync(join(root, 'after the consent.pdf'))
    const now = stateOfTree(root)
    for (const at of ['files.brought', 'restore.begin'] as const) {
      const late = await ready(stage, 'in_place')
      const outcome = await world().adapter.restore(
        late,
        whenAt(at, () => writeFileSync(join(root, 'after the consent.pdf'), 'new')),
      )
      expect(outcome, at).toMatchObject(refused)
      rmSync(join(root, 'after the consent.pdf'))
      expect(await rows()).toBe(stage.rowsNow)
      expect(stateOfTree(root).filter((line) => !line.startsWith('d'))).toEqual(now.filter((line) => !line.startsWith('d')))
    }
    expect(besides(stage.parent, root)).toEqual([])
    const tolerant = await ready(stage, 'in_place')
    appendFileSync(join(root, 'deals.txt'), 'again')
    const lastMoment = whenAt('restore.locked', () => writeFileSync(join(root, 'last moment.pdf'), 'new'))
    const restored = must(
      await world().adapter.restore({ ...tolerant, consented: { ...tolerant.consented, toleranceRows: 1 } }, lastMoment),
    )
    expect(stateOfTree(root)).toEqual(stage.was.files)
    expect(restored.notes).toEqual([textWith('last moment.pdf')])
  })

  test('S60 I15 cancelled at any boundary before the commit, or without its lease, it leaves nothing behind and the files as they are', async () => {
    const stage = await spoiled()
    const now = [stateOfTree(stage.root), stage.rowsNow]
    const before: Boundary[] = [
      'files.bring',
      'files.brought',
      'restore.begin',
      'restore.locked',
      'restore.applied',
      'restore.commit',
    ]
    for (const boundary of before) {
      const stopped = new AbortController()
      const stopping = whenAt(boundary, () => stopped.abort(new Error('stopped by hand')))
      const outcome = world().adapter.restore(await ready(stage, 'in_place'), { ...stopping, signal: stopped.signal })
      await expect(outcome, boundary).rejects.toThrow('stopped by hand')
      expect([stateOfTree(stage.root), await rows()], boundary).toEqual(now)
      expect(besides(stage.parent, stage.root), boundary).toEqual([])
    }
    const fenced = await world().adapter.restore(await ready(stage, 'swap'), call({ mayCommit: async () => false }))
    expect(fenced).toMatchObject({ ok: false, refusal: { code: 'commit_forbidden' } })
    expect([stateOfTree(stage.root), await rows(), besides(stage.parent, stage.root)]).toEqual([...now, []])
  })

  test('files alone can differ: they come back although no row does, and only where the lease is held', async () => {
    const stage = await spoiled()
    must(await world().adapter.restore(await ready(stage, 'in_place'), call()))
    writeFileSync(join(stage.root, 'since.pdf'), 'since')
    const fenced = await world().adapter.restore(await ready(stage, 'in_place'), call({ mayCommit: async () => false }))
    expect(fenced).toMatchObject({ ok: false, refusal: { code: 'commit_forbidden' } })
    expect(existsSync(join(stage.root, 'since.pdf'))).toBe(true)
    const restored = must(await world().adapter.restore(await ready(stage, 'in_place'), call()))
    expect(restored).toMatchObject({ trace: null, files: { missing: 0, newer: 1, changed: 0 } })
    expect(stateOfTree(stage.root)).toEqual(stage.was.files)
  })

  test('S26 a pack that is gone: the new tree is not whole, and neither rows nor files are touched', async () => {
    const { root, parent } = makeTree()
    const film = Buffer.concat(Array.from({ length: 40 }, () => crypto.getRandomValues(new Uint8Array(65_536))))
    writeFileSync(join(root, 'film.mp4'), film)
    const stage = await spoiledOf({ root, parent })
    const [request, now] = [await ready(stage, 'in_place'), stateOfTree(stage.root)]
    const spoilt = copyOf(world().repository)
    // No other pack is as large as the film's.
    rmSync(largestPack(spoilt))
    const refused = await resticAdapter(() => spoilt).restore(request, call())
    expect(refused).toMatchObject({ ok: false, refusal: { code: 'contents_differ' } })
    expect([stateOfTree(stage.root), await rows(), besides(stage.parent, stage.root)]).toEqual([now, stage.rowsNow, []])
  })

  test.each<[RestoreWay, string, 'old' | 'new']>([
    ['in_place', 'files.bring', 'old'],
    ['in_place', 'files.brought', 'old'],
    ['in_place', 'restore.commit', 'old'],
    ['in_place', 'restore.committed', 'new'],
    ['in_place', 'files.exchange', 'new'],
    ['in_place', betweenRenames, 'new'],
    ['in_place', 'files.exchanged', 'new'],
    ['swap', 'swap.commit', 'old'],
    ['swap', 'swap.committed', 'new'],
    ['swap', betweenRenames, 'new'],
  ])('I3 S50 %s killed at %s: after the recovery rows and files are both %s', async (way, dieAt, both) => {
    const stage = await spoiled()
    const { ref, root, parent, was, rowsNow } = stage
    const [request, now] = [await ready(stage, way), stateOfTree(root)]
    expect(await dying({ repository: world().repository, request, dieAt })).toBe('SIGKILL')
    const left = dieAt === betweenRenames ? null : stateOfTree(root)
    expect(left).toEqual(dieAt === betweenRenames ? null : dieAt === 'files.exchanged' ? was.files : now)
    const recovered = await world().adapter.recover({ portal: ref, keep: [stage.snapshot, request.safety], busy: [] })
    expect(recovered.unsettled).toBeUndefined()
    expect([await rows(), stateOfTree(root)]).toEqual(both === 'new' ? [was.rows, was.files] : [rowsNow, now])
    expect(besides(parent, root)).toHaveLength(both === 'new' ? 1 : 0)
    if (both === 'old') return
    // What was there is kept for the undo, wherever the kill fell.
    const safety = { ...request.safety, filesFrom: request.journalDirectory }
    expect(await world().adapter.compare(compareOf(ref, safety))).toMatchObject({ files: { missing: 2, newer: 1, changed: 2 } })
  })

  test('I3 while files are still on their way after the commit, nothing is kept and nothing else is moved; once they are settled, it is', async () => {
    const stage = await spoiled()
    const { ref, root, was } = stage
    const { adapter, repository } = world()
    const [request, next] = [await ready(stage, 'in_place'), await ready(stage, 'in_place')]
    expect(await dying({ repository, request, dieAt: 'files.exchange' })).toBe('SIGKILL')
    const refused = { ok: false, refusal: { code: 'files_unsettled', facts: { where: root, rows: 'committed' } } }
    expect(await adapter.capture(captureOf(ref, 'snapshot'), call())).toMatchObject(refused)
    expect(await adapter.rehearse(next, call())).toMatchObject(refused)
    expect(await adapter.restore(next, call())).toMatchObject(refused)
    await adapter.recover({ portal: ref, keep: [stage.snapshot, request.safety, next.safety], busy: [] })
    const kept = must(await adapter.capture(captureOf(ref, 'snapshot'), call()))
    must(await adapter.restore(await ready({ ...stage, snapshot: kept.snapshot }, 'in_place'), call()))
    expect([stateOfTree(root), await rows()]).toEqual([was.files, was.rows])
    // What was not committed is in nobody's way.
    writeFileSync(join(root, 'since.pdf'), 'since')
    const undone = await ready(stage, 'in_place')
    await world().portal.run(`insert into crm.deals (title) values ('since')`)
    expect(await dying({ repository, request: undone, dieAt: 'files.brought' })).toBe('SIGKILL')
    must(await adapter.capture(captureOf(ref, 'snapshot'), call()))
  })

  test('what keeps files from being put back is told by health in words, and refuses a restore beforehand', async () => {
    const stage = await spoiled()
    const { ref, root, parent } = stage
    const request = await ready(stage, 'in_place')
    const told = async (filesPath: string, ownFolders: string[] = []) => {
      const health = await resticAdapter(
        () => world().repository,
        () => ownFolders,
      ).health({ ...ref, filesPath }, null)
      return health.problems.filter(({ code }) => code === 'files_unusable').map(({ words }) => words)
    }
    expect(await told(root)).toEqual([])
    expect(await told(join(parent, 'nowhere'))).toEqual([textWith('there is no folder')])
    symlinkSync(root, join(parent, 'link'))
    expect(await told(join(parent, 'link'))).toEqual([textWith('is a link')])
    expect(await told(root, [join(root, 'deals')])).toEqual([textWith('lies within')])
    expect(await told(world().repository.home)).toEqual(listWith([textWith('it would be copied with it')]))
    expect(await told(join(world().repository.address, 'data'))).toEqual([textWith('where the archives are')])
    const mounted = mountPoint()
    expect(await told(mounted)).toEqual(listWith([textWith('file systems are mounted there')]))
    const refused = await world().adapter.restore({ ...request, portal: { ...ref, filesPath: join(parent, 'link') } }, call())
    expect(refused).toMatchObject({ ok: false, refusal: { code: 'files_unusable', facts: { because: textWith('is a link') } } })
    const mount = join(root, 'deals')
    expect(mountOn(mount, 'size=1m')).toBeNull()
    const { inPlace, swap } = (await world().adapter.compare(compareOf(ref, stage.snapshot))).refusals
    expect([inPlace?.code, swap?.code]).toEqual(['files_unusable', 'files_unusable'])
  })

  test('a tree that was lost whole comes back into an empty folder', async () => {
    const stage = await spoiled()
    rmSync(stage.root, { recursive: true })
    await expect(world().adapter.compare(compareOf(stage.ref, stage.snapshot))).rejects.toThrow('make it again, empty')
    mkdirSync(stage.root)
    const restored = must(await world().adapter.restore(await ready(stage, 'in_place'), call()))
    expect(restored.files).toEqual({ missing: 12, newer: 0, changed: 0 })
    expect(stateOfTree(stage.root)).toEqual(stage.was.files)
  })
})

/** The signal that ended it. */
async function dying(order: Dying): Promise<string | null> {
  const script = new URL('../testing/restore-and-die.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [script, asArgument(order)], { stdio: ['ignore', 'ignore', 'inherit'] })
  await once(child, 'exit')
  return child.signalCode
}

function mountPoint(): string {
  const point = mkdtempSync(join(makeTree().parent, 'mount-'))
  expect(mountOn(point, 'size=1m')).toBeNull()
  return point
}
