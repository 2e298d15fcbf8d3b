import { rm } from 'node:fs/promises'
import { expect } from 'vitest'
import type { Boundary, Comparison, RestoreWay, SnapshotAdapter, SnapshotRef } from '../port.ts'
import { type Check, collectChecks } from './check.ts'
import { callOf, capture, compare, must, readyToRestore, type SpoilableFiles, type SpoilablePortal } from './steps.ts'

/** What an adapter keeps to that declares `files`. */
export function filesChecks(adapter: SnapshotAdapter, makePortal: () => Promise<SpoilablePortal>): Check[] {
  const { checks, test } = collectChecks()
  const can = adapter.capabilities

  test('files are kept with the rows, and a comparison tells what becomes of them, with the scope full and no other', async () => {
    const { portal, files, snapshot } = await withFilesSpoiled(adapter, makePortal)
    const told = await compare(adapter, portal, snapshot, 'full')
    expect(filesOf(told)).toMatchObject({ missing: 1, newer: 1, changed: 1, lostBytes: 'since'.length + 'other text'.length })
    expect((await compare(adapter, portal, snapshot, 'full')).digest).toBe(told.digest)
    expect((await compare(adapter, portal, snapshot, 'crm')).files).toBeUndefined()
    const lost = await adapter.readLostFiles?.({ portal: portal.ref, snapshot }, async (found) => {
      const read: string[] = []
      for (const { change, path, read: open } of found) {
        const pieces: Uint8Array[] = []
        for await (const piece of open()) pieces.push(piece)
        read.push(`${change} ${path}: ${Buffer.concat(pieces)}`)
      }
      return read.sort()
    })
    expect(lost).toEqual(['changed folder/changes: other text', 'newer since: since'])
    await files.put('one more', '')
    expect((await compare(adapter, portal, snapshot, 'full')).digest).not.toBe(told.digest)
  })

  const ways = (['in_place', 'swap'] as const).filter((way) => (way === 'swap' ? can.restoreSwap : can.restoreInPlace))
  for (const way of ways)
    test(`I3 S57 full ${way}: files go with the rows, neither before the commit nor long after it, and the undo brings back what was there`, async () => {
      const { portal, files, snapshot, was } = await withFilesSpoiled(adapter, makePortal)
      const now = await stateOf(portal, files)
      const request = await readyToRestore(adapter, portal, snapshot, { way, scope: 'full' })
      must(await adapter.rehearse(request, callOf()))
      expect([await stateOf(portal, files), await files.besides()]).toEqual([now, []])
      const atCommit: string[][] = []
      const observe = async (boundary: Boundary) => {
        if (boundary === commitOf(way)) atCommit.push(await files.all())
      }
      const restored = must(await adapter.restore(request, callOf({ observe })))
      expect(restored.files).toEqual({ missing: 1, newer: 1, changed: 1 })
      expect([atCommit, await stateOf(portal, files)]).toEqual([[now[1]], was])
      const safety = { ...(restored.replaced ?? request.safety), filesFrom: request.journalDirectory }
      const back = await readyToRestore(adapter, portal, safety, { way, scope: 'full', giveBackFrom: request.journalDirectory })
      must(await adapter.undo(back, callOf()))
      expect(await stateOf(portal, files)).toEqual(now)
      expect((await files.besides()).length).toBeGreaterThan(0)
      for (const journal of [request.journalDirectory, back.journalDirectory]) await rm(journal, { recursive: true })
      await adapter.recover({ portal: portal.ref, keep: [snapshot, request.safety, back.safety], busy: [] })
      expect(await files.besides()).toEqual([])
    })

  return checks
}

/** Rows and files of one instant, and both spoiled since: a file gone, one new, one changed. */
async function withFilesSpoiled(adapter: SnapshotAdapter, makePortal: () => Promise<SpoilablePortal>) {
  const made = await makePortal()
  const files = await made.makeFiles?.()
  if (!files) throw new Error('files is declared, and the portal’s own part is not there')
  const portal: SpoilablePortal = { ...made, ref: { ...made.ref, filesPath: files.path } }
  await portal.addDeals('stays', 'goes')
  for (const path of ['stays', 'goes', 'folder/changes']) await files.put(path, `text of ${path}`)
  const was = await stateOf(portal, files)
  const { snapshot, baseline, manifest } = await capture(adapter, portal)
  expect(manifest.files).toEqual({ count: 3, bytes: 'text of '.length * 3 + 'staysgoesfolder/changes'.length })
  expect(await adapter.verify(portal.ref, snapshot, manifest)).toEqual({ ok: true })
  await portal.removeDeals('goes')
  await files.remove('goes')
  await files.put('folder/changes', 'other text')
  await files.put('since', 'since')
  const kept: SnapshotRef = { ...snapshot, baseline }
  return { portal, files, snapshot: kept, was }
}

const commitOf = (way: RestoreWay): Boundary => (way === 'swap' ? 'swap.commit' : 'restore.commit')

async function stateOf(portal: SpoilablePortal, files: SpoilableFiles): Promise<string[][]> {
  return [await portal.deals(), await files.all()]
}

function filesOf({ files }: Comparison): Exclude<Comparison['files'], 'not_kept'> {
  return files === 'not_kept' ? undefined : files
}
