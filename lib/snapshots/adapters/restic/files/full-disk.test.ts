import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { someNumber, textWith } from '#db/testing/matchers.ts'
import type { Boundary, RestoreRequest } from '../../../port.ts'
import { call } from '../../postgres/testing/portal.ts'
import { resticAdapter } from '../adapter.ts'
import { archiveWorld } from '../testing/archive-world.ts'
import { makeTree, stateOfTree } from '../testing/file-tree.ts'
import { besides, captureOf, type FilesStage, filesStages, must, whenAt } from '../testing/files-stage.ts'
import { makeRepository } from '../testing/repository.ts'
import { type SmallDisk, smallDisk } from '../testing/small-disk.ts'

describe('S51 a disk that is full', { timeout: 300_000 }, () => {
  const world = archiveWorld()
  const { spoiled, ready, rows } = filesStages(world)

  test('is seen before anything is begun, with what is needed, what is free and where', async () => {
    const { disk, stage } = await onSmallDisk()
    const request = await ready(stage, 'in_place')
    const now = stateOfTree(stage.root)
    disk.leave(200_000)
    const passed: Boundary[] = []
    const noting = call({ observe: async (boundary) => void passed.push(boundary) })
    const refusal = {
      code: 'not_enough_disk',
      facts: { of: 'files', where: stage.parent, neededBytes: someNumber, freeBytes: someNumber },
    }
    expect(await world().adapter.rehearse(request, noting)).toEqual({ ok: false, refusal })
    expect(await world().adapter.restore(request, noting)).toEqual({ ok: false, refusal })
    expect(passed).toEqual([])
    await expectAsItWas(stage, now)
    disk.empty()
    await expectDone(stage, request)
  })

  test.each<[Boundary, number]>([
    ['files.bring', 100_000],
    ['files.bring', 0],
    ['restore.begin', 0],
  ])(
    'that fills up at %s, with %i bytes left: a clear no, rows and files as they were, nothing left behind; later it works',
    async (at, left) => {
      const { disk, stage } = await onSmallDisk()
      const request = await ready(stage, 'in_place')
      const now = stateOfTree(stage.root)
      const filling = () => whenAt(at, () => disk.leave(left))
      const refusal = {
        code: 'not_enough_disk',
        facts: {
          of: 'files',
          where: stage.parent,
          neededBytes: someNumber,
          freeBytes: someNumber,
          because: textWith('no space left'),
        },
      }
      expect(await world().adapter.restore(request, filling())).toEqual({ ok: false, refusal })
      await expectAsItWas(stage, now)
      disk.empty()
      if (at === 'files.bring') {
        expect(await world().adapter.rehearse(request, filling())).toEqual({ ok: false, refusal })
        await expectAsItWas(stage, now)
        disk.empty()
      }
      await expectDone(stage, request)
    },
  )

  test('S57 the undo that meets it, whose files are copied from the tree that was put aside: the same, and later it works', async () => {
    const { disk, stage } = await onSmallDisk()
    const now = stateOfTree(stage.root)
    const request = await ready(stage, 'in_place')
    must(await world().adapter.restore(request, call()))
    const safety = { ...request.safety, filesFrom: request.journalDirectory }
    const back = await ready({ ...stage, snapshot: safety }, 'in_place', request.journalDirectory)
    const kept = besides(stage.parent, stage.root)
    const refused = await world().adapter.undo(
      back,
      whenAt('files.bring', () => disk.leave(100_000)),
    )
    expect(refused).toMatchObject({ ok: false, refusal: { code: 'not_enough_disk', facts: { of: 'files' } } })
    expect([stateOfTree(stage.root), await rows(), besides(stage.parent, stage.root)]).toEqual([
      stage.was.files,
      stage.was.rows,
      kept,
    ])
    disk.empty()
    must(await world().adapter.undo(back, call()))
    expect([stateOfTree(stage.root), await rows()]).toEqual([now, stage.rowsNow])
  })

  test.each<Boundary>(['restore.committed', 'files.exchange'])(
    'I3 that fills up at %s: what is committed is carried through, since no space is needed for it',
    async (at) => {
      const { disk, stage } = await onSmallDisk()
      const request = await ready(stage, 'in_place')
      must(
        await world().adapter.restore(
          request,
          whenAt(at, () => disk.leave(0)),
        ),
      )
      expect([stateOfTree(stage.root), await rows()]).toEqual([stage.was.files, stage.was.rows])
      const recovered = await world().adapter.recover({ portal: stage.ref, keep: [stage.snapshot, request.safety], busy: [] })
      expect([recovered.unsettled, recovered.notes]).toEqual([undefined, []])
    },
  )

  test('a repository without space refuses the capture as that, and no point is there; with space again the next one is whole', async () => {
    const disk = smallDisk(4_000_000)
    const repository = makeRepository({}, disk.path)
    const adapter = resticAdapter(() => repository)
    const { root } = makeTree()
    // Nothing that could be made smaller.
    writeFileSync(join(root, 'film.mp4'), randomBytes(1_000_000))
    const ref = { ...world().portal.ref, filesPath: root }
    disk.leave(500_000)
    const refused = await adapter.capture(captureOf(ref, 'snapshot'), call())
    expect(refused).toMatchObject({
      ok: false,
      refusal: { code: 'not_enough_disk', facts: { of: 'copies', where: repository.address, freeBytes: someNumber } },
    })
    const points = (await adapter.list(ref)).filter(({ purpose }) => purpose === 'snapshot')
    expect(points).toEqual([])
    disk.empty()
    await adapter.recover({ portal: ref, keep: [], busy: [] })
    const kept = must(await adapter.capture(captureOf(ref, 'snapshot'), call()))
    expect(await adapter.verify(ref, kept.snapshot, kept.manifest)).toEqual({ ok: true })
  })

  async function onSmallDisk(): Promise<{ disk: SmallDisk; stage: FilesStage }> {
    const disk = smallDisk(3_000_000)
    mkdirSync(join(disk.path, 'place'))
    return { disk, stage: await spoiled(join(disk.path, 'place/files')) }
  }

  async function expectAsItWas({ root, parent, rowsNow }: FilesStage, files: string[]): Promise<void> {
    expect([stateOfTree(root), await rows(), besides(parent, root)]).toEqual([files, rowsNow, []])
  }

  async function expectDone({ root, was }: FilesStage, request: RestoreRequest): Promise<void> {
    must(await world().adapter.restore(request, call()))
    expect([stateOfTree(root), await rows()]).toEqual([was.files, was.rows])
  }
})
