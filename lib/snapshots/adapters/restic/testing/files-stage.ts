import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type {
  Boundary,
  Call,
  Captured,
  CaptureRequest,
  CompareRequest,
  Outcome,
  PortalRef,
  RestoreRequest,
  RestoreWay,
  SnapshotRef,
} from '../../../port.ts'
import { call } from '../../postgres/testing/portal.ts'
import type { ArchiveWorld } from './archive-world.ts'
import { fillTree, makeTree, stateOfTree } from './file-tree.ts'

/** A portal with a snapshot, and rows and files spoiled since: of files one gone, two new, two changed. */
export type FilesStage = {
  ref: PortalRef
  root: string
  parent: string
  was: { files: string[]; rows: string | null }
  rowsNow: string | null
  snapshot: SnapshotRef
}

export function filesStages(world: () => ArchiveWorld) {
  const rows = () => world().portal.ask(`select string_agg(d::text, '|' order by id) from crm.deals d`)

  async function spoiled(path?: string): Promise<FilesStage> {
    const made = path === undefined ? makeTree() : { root: path, parent: join(path, '..') }
    if (path !== undefined) fillTree(path)
    return spoiledOf(made)
  }

  async function spoiledOf({ root, parent }: { root: string; parent: string }): Promise<FilesStage> {
    const { portal, adapter } = world()
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

  /** A restore of it that somebody consented to just now, with a safety copy. */
  async function ready(
    { ref, snapshot }: { ref: PortalRef; snapshot: SnapshotRef },
    way: RestoreWay,
    giveBackFrom: string | null = null,
  ): Promise<RestoreRequest> {
    const { portal, adapter } = world()
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

  return { spoiled, spoiledOf, ready, rows }
}

export function captureOf(portal: PortalRef, purpose: 'snapshot' | 'safety'): CaptureRequest {
  return {
    portal,
    snapshotId: crypto.randomUUID(),
    purpose,
    previous: null,
    mayBar: 'when_needed',
    barTimeoutMs: 10_000,
  }
}

export function compareOf(portal: PortalRef, snapshot: SnapshotRef): CompareRequest {
  return { portal, snapshot, scope: 'full', columns: [], examplesPerTable: 5, edgeHandling: { '*': 'null' } }
}

export function whenAt(at: Boundary, act: () => void): Call {
  return call({ observe: async (boundary) => (boundary === at ? act() : undefined) })
}

/** What lies beside the tree. */
export const besides = (parent: string, root: string) => readdirSync(parent).filter((name) => join(parent, name) !== root)

export function must<T>(outcome: Outcome<T>): { ok: true } & T {
  if (outcome.ok) return outcome
  throw new Error(`refused: ${JSON.stringify(outcome.refusal)}`)
}
