import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { textWith } from '#db/testing/matchers.ts'
import type { Captured, CaptureRequest, CompareRequest, LostFile, Outcome, PortalRef } from '../../../port.ts'
import { call, makePortal, type TestPortal } from '../../postgres/testing/portal.ts'
import { serversWithPrograms } from '../../postgres/testing/servers.ts'
import { resticAdapter } from '../adapter.ts'
import { readArchives } from '../archives.ts'
import { makeTree, noText } from '../testing/file-tree.ts'
import { copyOf, flipByte, largestPack, makeRepository, restic } from '../testing/repository.ts'

const [server] = serversWithPrograms()

describe('the files of a portal are kept with its rows', { timeout: 200_000 }, () => {
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

  test('an unchanged tree is equal to its copy, whatever its names, kinds and modes are; and whole, until it is pruned', async () => {
    const { root } = makeTree()
    const { ref, kept } = await captured(root)
    expect(kept.manifest.files).toEqual({ count: 12, bytes: 300_000 + 5 + 5 + 60 + 3 + 6 + 7 })
    const compared = await compare(ref, kept)
    expect(compared.files).toEqual({ missing: 0, newer: 0, changed: 0, lostBytes: 0, examples: [] })
    expect(await adapter.verify(ref, kept.snapshot, kept.manifest)).toEqual({ ok: true })
    expect(await adapter.describe(ref, kept.snapshot)).toEqual(kept.manifest)
    await adapter.prune(ref, kept.snapshot)
    expect(restic(repository, 'snapshots', '--json').stdout.trim()).toBe('[]')
  })

  test('each kind of change is told with its loss, the digest moves with it, and what would be lost can be read', async () => {
    const { root } = makeTree()
    const { ref, kept } = await captured(root)
    const before = await compare(ref, kept)
    writeFileSync(join(root, 'deals.txt'), 'changed since', { mode: 0o4750 })
    rmSync(join(root, 'private'))
    chmodSync(join(root, '--dash'), 0o600)
    rmSync(join(root, 'latest'))
    symlinkSync('deals.txt', join(root, 'latest'))
    writeFileSync(join(root, 'deals/2026/since\n.txt'), 'new')
    const compared = await compare(ref, kept)
    expect(compared.files).toMatchObject({ missing: 1, newer: 1, changed: 3, lostBytes: 13 + 3 })
    if (!compared.files || compared.files === 'not_kept') throw new Error('no files are told of')
    expect(compared.files.examples.map(({ kind, path, bytes }) => [kind, path, bytes])).toEqual([
      ['changed', '--dash', 0],
      ['newer', 'deals/2026/since\n.txt', 3],
      ['changed', 'deals.txt', 13],
      ['changed', 'latest', 0],
      ['missing', 'private', 6],
    ])
    expect(compared.digest).not.toBe(before.digest)
    expect(compared.total).toEqual(before.total)
    const lost = await adapter.readLostFiles?.({ portal: ref, snapshot: kept.snapshot }, contentsOf)
    expect(lost).toEqual([
      'changed --dash: ',
      'newer deals/2026/since\n.txt: new',
      'changed deals.txt: changed since',
      'changed latest: deals.txt',
    ])
  })

  test.each([
    ['its time', (path: string) => utimesSync(path, 1_400_000_000, 1_400_000_000)],
    ['its mode', (path: string) => chmodSync(path, 0o640)],
    ['what it is', replaceByFolder],
    ['a name that is no text', (path: string) => renameSync(Buffer.concat([Buffer.from(join(path, '../')), noText]), `${path}x`)],
    ['a folder’s being there', (path: string) => mkdirSync(`${path}.d`)],
  ])('a file tree differs by %s', async (_, change) => {
    const { root } = makeTree()
    const { ref, kept } = await captured(root)
    const before = await compare(ref, kept)
    change(join(root, 'private'))
    expect((await compare(ref, kept)).digest).not.toBe(before.digest)
  })

  test('a portal without files, and another scope, have the digest and the packed rows they always had', async () => {
    const { root } = makeTree()
    const { ref, kept } = await captured(root)
    const [without, crm, with_] = [
      await compare(portal.ref, kept),
      await adapter.compare({ ...compareOf(ref, kept), scope: 'crm' }),
      await compare(ref, kept),
    ]
    expect([without.files, crm.files]).toEqual([undefined, undefined])
    expect([...without.wiped.subarray(0, 2)]).toEqual([0x1f, 0x8b])
    expect(with_.digest).not.toBe(without.digest)
    expect(with_.total).toEqual(without.total)
  })

  test('a point of before the portal had files says so, in the digest too', async () => {
    const { root } = makeTree()
    const { kept } = await captured(null)
    const ref = { ...portal.ref, filesPath: root }
    const compared = await compare(ref, kept)
    expect(compared.files).toBe('not_kept')
    expect(compared.digest).not.toBe((await compare(portal.ref, kept)).digest)
    expect(await adapter.readLostFiles?.({ portal: ref, snapshot: kept.snapshot }, contentsOf)).toEqual([])
  })

  test.each([
    ['a flipped byte', flipByte, 'ciphertext verification failed'],
    ['a missing pack', (path: string) => rmSync(path), 'no such file'],
  ])('S26 %s in a file’s own contents turns the point bad', async (_, spoil, because) => {
    const { root } = makeTree()
    writeFileSync(join(root, 'photo.jpg'), crypto.getRandomValues(new Uint8Array(65_536)))
    writeFileSync(
      join(root, 'film.mp4'),
      Buffer.concat(Array.from({ length: 40 }, () => crypto.getRandomValues(new Uint8Array(65_536)))),
    )
    const { ref, kept } = await captured(root)
    const spoilt = copyOf(repository)
    // No other pack is as large.
    spoil(largestPack(spoilt))
    const verified = await resticAdapter(() => spoilt).verify(ref, kept.snapshot, kept.manifest)
    expect(verified).toMatchObject({ ok: false, problems: [{ problem: textWith(because) }] })
    await adapter.prune(ref, kept.snapshot)
  })

  test('a file that cannot be read refuses the capture by its name; one that went away meanwhile is only told of', async () => {
    const { root, parent } = makeTree()
    const weak = {
      ...repository,
      environment: { ...repository.environment, PATH: `${without(parent, RIGHTS)}:${process.env.PATH}` },
    }
    const ref = { ...portal.ref, filesPath: root }
    chmodSync(join(root, 'private'), 0)
    const refused = await resticAdapter(() => weak).capture(captureOf(ref), call())
    expect(refused).toMatchObject({
      ok: false,
      refusal: { code: 'files_unreadable', facts: { files: [join(root, 'private')], count: 1 } },
    })
    // What has read the folder, and not yet the file, when that is taken away.
    const slow = {
      ...repository,
      environment: { ...repository.environment, PATH: `${vanishing(parent, join(root, 'private'))}:${process.env.PATH}` },
    }
    const kept = must(await resticAdapter(() => slow).capture(captureOf(ref), call()))
    expect(kept.notes).toEqual(['1 files went away while the files were read'])
    expect(kept.manifest.files?.count).toBe(11)
  })

  test.each([
    ['is not there', (root: string) => rmSync(root, { recursive: true }), 'there is no folder'],
    ['is a link', replaceByLink, 'is a link'],
    ['is a file', replaceByFile, 'is no folder'],
  ])('a tree that %s: refused clearly, and nothing is kept', async (_, spoil, because) => {
    const { root } = makeTree()
    spoil(root)
    const ref = { ...portal.ref, filesPath: root }
    const refused = await adapter.capture(captureOf(ref), call())
    expect(refused).toMatchObject({ ok: false, refusal: { code: 'files_unusable', facts: { because: textWith(because) } } })
    await adapter.recover({ portal: ref, keep: [], busy: [] })
    expect((await readArchives(repository, ref)).halfMade).toEqual([])
  })

  async function captured(filesPath: string | null): Promise<{ ref: PortalRef; kept: { ok: true } & Captured }> {
    const ref = { ...portal.ref, filesPath }
    return { ref, kept: must(await adapter.capture(captureOf(ref), call())) }
  }

  function compareOf(ref: PortalRef, { snapshot, baseline }: Captured): CompareRequest {
    const sealed = { ...snapshot, baseline }
    return { portal: ref, snapshot: sealed, scope: 'full', columns: [], examplesPerTable: 5, edgeHandling: { '*': 'null' } }
  }

  const compare = (ref: PortalRef, kept: Captured) => adapter.compare(compareOf(ref, kept))
})

function captureOf(portal: PortalRef): CaptureRequest {
  return { portal, snapshotId: crypto.randomUUID(), purpose: 'snapshot', previous: null, mayBar: 'never', barTimeoutMs: 1_000 }
}

async function contentsOf(files: LostFile[]): Promise<string[]> {
  const told: string[] = []
  for (const { change, path, read } of files) {
    const pieces: Uint8Array[] = []
    for await (const piece of read()) pieces.push(piece)
    told.push(`${change} ${path}: ${Buffer.concat(pieces)}`)
  }
  return told
}

function replaceByLink(root: string): void {
  renameSync(root, `${root} moved`)
  symlinkSync(`${root} moved`, root)
}

function replaceByFile(root: string): void {
  rmSync(root, { recursive: true })
  writeFileSync(root, '')
}

function replaceByFolder(path: string): void {
  rmSync(path)
  mkdirSync(path)
}

const RIGHTS = '-dac_override,-dac_read_search'

/** A folder whose `restic` is the real one without some of root's rights, as it would be for anybody else. */
function without(parent: string, rights: string): string {
  return standIn(parent, `exec setpriv --bounding-set=${rights} --inh-caps=${rights} "$real" "$@"`)
}

/** A folder whose `restic` takes a file away and tells of it as restic does of one that it met and could not open any more. */
function vanishing(parent: string, path: string): string {
  const told = JSON.stringify({ message_type: 'error', error: {}, during: 'archival', item: path })
  return standIn(
    parent,
    `case " $* " in *" --json --quiet "*) rm -f '${path}'; "$real" "$@"; echo '${told}' >&2; exit 3;; *) exec "$real" "$@";; esac`,
  )
}

function standIn(parent: string, script: string): string {
  const folder = mkdtempSync(join(parent, 'bin-'))
  const real = spawnSync('sh', ['-c', 'command -v restic'], { encoding: 'utf8' }).stdout.trim()
  writeFileSync(join(folder, 'restic'), `#!/bin/sh\nreal=${real}\n${script}\n`, { mode: 0o755 })
  return folder
}

function must<T>(outcome: Outcome<T>): { ok: true } & T {
  if (outcome.ok) return outcome
  throw new Error(`refused: ${JSON.stringify(outcome.refusal)}`)
}
