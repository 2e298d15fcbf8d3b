import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { listWith, textWith } from '#db/testing/matchers.ts'
import type {
  Boundary,
  Call,
  Captured,
  CompareRequest,
  Outcome,
  PortalRef,
  RestoreRequest,
  RestoreWay,
  SnapshotRef,
} from '../../../port.ts'
import { call, makePortal, type TestPortal } from '../../postgres/testing/portal.ts'
import { serversWithPrograms } from '../../postgres/testing/servers.ts'
import { resticAdapter } from '../adapter.ts'
import { fillTree, makeTree, stateOfTree } from '../testing/file-tree.ts'
import { copyOf, largestPack, makeRepository } from '../testing/repository.ts'
import { asArgument, betweenRenames, type Dying } from '../testing/restore-and-die.ts'

const [server] = serversWithPrograms()

describe('files go back in step with the rows', { timeout: 300_000 }, () => {
  let stop: () => Promise<void>
  let portal: TestPortal
  let repository: ReturnType<typeof makeRepository>

  beforeAll(async () => {
    if (!server) throw new Error('there is no server with its own programs')
    const started = await server.start()
    stop = started.stop
    portal = await makePortal(started.url)
    repository = makeRepository()
  }, 200_000)
  afterAll(async () => {
    await portal.drop()
    repository.drop()
    await stop()
  })
  const adapter = resticAdapter(() => repository)

  test.each<RestoreWay>(['in_place', 'swap'])(
    '%s: the tree is exactly as it was, the undo brings back exactly what was there, and that can be undone',
    async (way) => {
      const stage = await spoiled()
      const { ref, root, parent, was } = stage
      const now = stateOfTree(root)
      const request = await ready(stage, way)
      const rehearsed = must(await adapter.rehearse(request, call()))
      expect(rehearsed.ok).toBe(true)
      expect([stateOfTree(root), besides(parent, root)]).toEqual([now, []])
      const restored = must(await adapter.restore(request, call()))
      expect(restored.files).toEqual({ missing: 1, newer: 2, changed: 2 })
      expect([stateOfTree(root), await rows()]).toEqual([was.files, was.rows])
      expect(besides(parent, root)).toHaveLength(1)

      const safety = { ...(restored.replaced ?? request.safety), filesFrom: request.journalDirectory }
      const back = await ready({ ...stage, snapshot: safety }, way, request.journalDirectory)
      expect(await adapter.compare(compareOf(ref, safety))).toMatchObject({ files: { missing: 2, newer: 1, changed: 2 } })
      const undone = must(await adapter.undo(back, call()))
      expect(undone.files).toEqual({ missing: 2, newer: 1, changed: 2 })
      expect([stateOfTree(root), await rows()]).toEqual([now, stage.rowsNow])

      const again = { ...(undone.replaced ?? back.safety), filesFrom: back.journalDirectory }
      must(await adapter.undo(await ready({ ...stage, snapshot: again }, way, back.journalDirectory), call()))
      expect([stateOfTree(root), await rows()]).toEqual([was.files, was.rows])

      // A kept tree lives as long as the journal of its restore.
      expect(besides(parent, root)).toHaveLength(3)
      rmSync(request.journalDirectory, { recursive: true })
      await adapter.prune(ref, request.safety)
      expect(besides(parent, root)).toHaveLength(2)
      rmSync(back.journalDirectory, { recursive: true })
      await adapter.recover({ portal: ref, keep: [], busy: [] })
      expect(besides(parent, root)).toHaveLength(1)
    },
  )

  test('I4 R11 a file that nobody consented to lose stops the restore before anybody waits for it; within the tolerance it goes', async () => {
    const stage = await spoiled()
    const { root } = stage
    const early = await ready(stage, 'in_place')
    writeFileSync(join(root, 'after the consent.pdf'), 'new')
    const refused = { ok: false, refusal: { code: 'loss_grew', facts: { files: 1, named: ['after the consent.pdf'] } } }
    expect(await adapter.restore(early, call())).toMatchObject(refused)
    rmSync(join(root, 'after the consent.pdf'))
    const now = stateOfTree(root)
    for (const at of ['files.brought', 'restore.begin'] as const) {
      const late = await ready(stage, 'in_place')
      const outcome = await adapter.restore(
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
      await adapter.restore({ ...tolerant, consented: { ...tolerant.consented, toleranceRows: 1 } }, lastMoment),
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
      const outcome = adapter.restore(await ready(stage, 'in_place'), { ...stopping, signal: stopped.signal })
      await expect(outcome, boundary).rejects.toThrow('stopped by hand')
      expect([stateOfTree(stage.root), await rows()], boundary).toEqual(now)
      expect(besides(stage.parent, stage.root), boundary).toEqual([])
    }
    const fenced = await adapter.restore(await ready(stage, 'swap'), call({ mayCommit: async () => false }))
    expect(fenced).toMatchObject({ ok: false, refusal: { code: 'commit_forbidden' } })
    expect([stateOfTree(stage.root), await rows(), besides(stage.parent, stage.root)]).toEqual([...now, []])
  })

  test('files alone can differ: they come back although no row does, and only where the lease is held', async () => {
    const stage = await spoiled()
    must(await adapter.restore(await ready(stage, 'in_place'), call()))
    writeFileSync(join(stage.root, 'since.pdf'), 'since')
    const fenced = await adapter.restore(await ready(stage, 'in_place'), call({ mayCommit: async () => false }))
    expect(fenced).toMatchObject({ ok: false, refusal: { code: 'commit_forbidden' } })
    expect(existsSync(join(stage.root, 'since.pdf'))).toBe(true)
    const restored = must(await adapter.restore(await ready(stage, 'in_place'), call()))
    expect(restored).toMatchObject({ trace: null, files: { missing: 0, newer: 1, changed: 0 } })
    expect(stateOfTree(stage.root)).toEqual(stage.was.files)
  })

  test('S26 a pack that is gone: the new tree is not whole, and neither rows nor files are touched', async () => {
    const { root, parent } = makeTree()
    const film = Buffer.concat(Array.from({ length: 40 }, () => crypto.getRandomValues(new Uint8Array(65_536))))
    writeFileSync(join(root, 'film.mp4'), film)
    const stage = await spoiledOf({ root, parent })
    const [request, now] = [await ready(stage, 'in_place'), stateOfTree(stage.root)]
    const spoilt = copyOf(repository)
    // No other pack is as large as the film's.
    rmSync(largestPack(spoilt))
    const refused = await resticAdapter(() => spoilt).restore(request, call())
    expect(refused).toMatchObject({ ok: false, refusal: { code: 'contents_differ' } })
    expect([stateOfTree(stage.root), await rows(), besides(stage.parent, stage.root)]).toEqual([now, stage.rowsNow, []])
  })

  test('S51 no space beside the tree: refused before anything is locked, with what is needed and what is free', async () => {
    const parent = mountSmall('1m')
    const stage = await spoiled(join(parent, 'files'))
    const request = await ready(stage, 'in_place')
    const passed: Boundary[] = []
    writeFileSync(join(parent, 'ballast'), Buffer.alloc(500_000))
    const refused = await adapter.restore(request, call({ observe: async (boundary) => void passed.push(boundary) }))
    expect(refused).toMatchObject({ ok: false, refusal: { code: 'not_enough_disk' } })
    expect([passed, await rows(), besides(parent, stage.root)]).toEqual([[], stage.rowsNow, ['ballast']])
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
    expect(await dying({ repository, request, dieAt })).toBe('SIGKILL')
    const left = dieAt === betweenRenames ? null : stateOfTree(root)
    expect(left).toEqual(dieAt === betweenRenames ? null : dieAt === 'files.exchanged' ? was.files : now)
    const recovered = await adapter.recover({ portal: ref, keep: [stage.snapshot, request.safety], busy: [] })
    expect(recovered.unsettled).toBeUndefined()
    expect([await rows(), stateOfTree(root)]).toEqual(both === 'new' ? [was.rows, was.files] : [rowsNow, now])
    expect(besides(parent, root)).toHaveLength(both === 'new' ? 1 : 0)
    if (both === 'old') return
    // What was there is kept for the undo, wherever the kill fell.
    const safety = { ...request.safety, filesFrom: request.journalDirectory }
    expect(await adapter.compare(compareOf(ref, safety))).toMatchObject({ files: { missing: 2, newer: 1, changed: 2 } })
  })

  test('what keeps files from being put back is told by health in words, and refuses a restore beforehand', async () => {
    const stage = await spoiled()
    const { ref, root, parent } = stage
    const request = await ready(stage, 'in_place')
    const told = async (filesPath: string, ownFolders: string[] = []) => {
      const health = await resticAdapter(
        () => repository,
        () => ownFolders,
      ).health({ ...ref, filesPath }, null)
      return health.problems.filter(({ code }) => code === 'files_unusable').map(({ words }) => words)
    }
    expect(await told(root)).toEqual([])
    expect(await told(join(parent, 'nowhere'))).toEqual([textWith('there is no folder')])
    symlinkSync(root, join(parent, 'link'))
    expect(await told(join(parent, 'link'))).toEqual([textWith('is a link')])
    expect(await told(root, [join(root, 'deals')])).toEqual([textWith('lies within')])
    expect(await told(repository.home)).toEqual(listWith([textWith('it would be copied with it')]))
    expect(await told(join(repository.address, 'data'))).toEqual([textWith('where the archives are')])
    const mounted = mountSmall('1m')
    expect(await told(mounted)).toEqual(listWith([textWith('file systems are mounted there')]))
    const refused = await adapter.restore({ ...request, portal: { ...ref, filesPath: join(parent, 'link') } }, call())
    expect(refused).toMatchObject({ ok: false, refusal: { code: 'files_unusable', facts: { because: textWith('is a link') } } })
    const mount = join(root, 'deals')
    expect(shell('mount -t tmpfs tmpfs "$0"', mount).stderr).toBe('')
    onTestFinished(() => void shell('umount "$0"', mount))
    const { inPlace, swap } = (await adapter.compare(compareOf(ref, stage.snapshot))).refusals
    expect([inPlace?.code, swap?.code]).toEqual(['files_unusable', 'files_unusable'])
  })

  test('a tree that was lost whole comes back into an empty folder', async () => {
    const stage = await spoiled()
    rmSync(stage.root, { recursive: true })
    await expect(adapter.compare(compareOf(stage.ref, stage.snapshot))).rejects.toThrow('make it again, empty')
    mkdirSync(stage.root)
    const restored = must(await adapter.restore(await ready(stage, 'in_place'), call()))
    expect(restored.files).toEqual({ missing: 12, newer: 0, changed: 0 })
    expect(stateOfTree(stage.root)).toEqual(stage.was.files)
  })

  /** A portal with a snapshot, rows and files spoiled since: a file gone, two new, two changed. */
  async function spoiled(path?: string) {
    const made = path === undefined ? makeTree() : { root: path, parent: join(path, '..') }
    if (path !== undefined) fillTree(path)
    return spoiledOf(made)
  }

  async function spoiledOf({ root, parent }: { root: string; parent: string }) {
    const ref: PortalRef = { ...portal.ref, filesPath: root }
    const was = { files: stateOfTree(root), rows: await rows() }
    const kept: Captured = must(await adapter.capture(captureOf(ref, 'snapshot'), call()))
    await portal.run(`update crm.deals set amount = amount + 1 where id = 1`, `insert into crm.deals (title) values ('since')`)
    rmSync(join(root, 'private'))
    chmodSync(join(root, '--dash'), 0o600)
    writeFileSync(join(root, 'deals.txt'), 'changed since')
    writeFileSync(join(root, 'since.pdf'), 'since')
    mkdirSync(join(root, 'since'))
    symlinkSync('deals.txt', join(root, 'since/link'))
    return { ref, root, parent, was, rowsNow: await rows(), snapshot: { ...kept.snapshot, baseline: kept.baseline } }
  }

  async function ready(
    { ref, snapshot }: { ref: PortalRef; snapshot: SnapshotRef },
    way: RestoreWay,
    giveBackFrom: string | null = null,
  ): Promise<RestoreRequest> {
    const safety = must(await adapter.capture(captureOf(ref, 'safety'), call()))
    const { digest, wiped } = await adapter.compare(compareOf(ref, snapshot))
    return {
      portal: ref,
      snapshot,
      safety: { ...safety.snapshot, baseline: safety.baseline },
      scope: 'full',
      way,
      edgeHandling: { '*': 'null' },
      consented: { digest, wiped, toleranceRows: 0 },
      journalDirectory: mkdtempSync(join(portal.directory, 'journal-')),
      giveBackFrom,
      limits: { lockWaitMs: 5_000, lockHeldMs: 60_000 },
    }
  }

  const rows = () => portal.ask(`select string_agg(d::text, '|' order by id) from crm.deals d`)
})

function captureOf(portal: PortalRef, purpose: 'snapshot' | 'safety') {
  return {
    portal,
    snapshotId: crypto.randomUUID(),
    purpose,
    previous: null,
    mayBar: 'when_needed',
    barTimeoutMs: 10_000,
  } as const
}

function compareOf(portal: PortalRef, snapshot: SnapshotRef): CompareRequest {
  return { portal, snapshot, scope: 'full', columns: [], examplesPerTable: 5, edgeHandling: { '*': 'null' } }
}

function whenAt(at: Boundary, act: () => void): Call {
  return call({ observe: async (boundary) => (boundary === at ? act() : undefined) })
}

/** The signal that ended it. */
async function dying(order: Dying): Promise<string | null> {
  const script = new URL('../testing/restore-and-die.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [script, asArgument(order)], { stdio: ['ignore', 'ignore', 'inherit'] })
  await once(child, 'exit')
  return child.signalCode
}

/** What lies beside the tree. */
const besides = (parent: string, root: string) => readdirSync(parent).filter((name) => join(parent, name) !== root)

/** A small file system of its own. */
function mountSmall(size: string): string {
  const { parent } = makeTree()
  const point = mkdtempSync(join(parent, 'mount-'))
  const mounted = shell(`mount -t tmpfs -o size=${size} tmpfs "$0"`, point)
  if (mounted.status !== 0) throw new Error(`this test mounts a small file system: ${mounted.stderr}`)
  onTestFinished(() => void shell('umount "$0"', point))
  return point
}

const shell = (script: string, path: string) => spawnSync('sh', ['-c', script, path], { encoding: 'utf8' })

function must<T>(outcome: Outcome<T>): { ok: true } & T {
  if (outcome.ok) return outcome
  throw new Error(`refused: ${JSON.stringify(outcome.refusal)}`)
}
