import { createHash } from 'node:crypto'
import {
  type AdapterRefusal,
  AdapterRefused,
  type CompareRequest,
  type Comparison,
  type PortalRef,
  type SnapshotRef,
} from '../../../port.ts'
import { refusingProblems } from '../open-archive.ts'
import type { FindRepository } from '../repository.ts'
import { compareTrees, type TreeDifference } from './compare-trees.ts'
import { packConsent } from './consent.ts'
import { findFiles, listFiles } from './files-source.ts'
import { findPlaceProblems } from './find-place-problems.ts'
import { walkTree } from './walk-tree.ts'

/**
 * The comparison of rows with the files' own added. Without files of the portal's it stays as it is, to the byte. Files that could not be put back where they
 * are keep all of it from being done.
 */
export async function addFiles(
  find: FindRepository,
  request: CompareRequest,
  rows: Comparison,
  signal?: AbortSignal,
): Promise<Comparison> {
  const { portal, snapshot, scope, against, examplesPerTable } = request
  if (!portal.filesPath || scope !== 'full' || against) return rows
  const compared = await compareFiles(find, portal, snapshot, examplesPerTable, signal)
  const digest = createHash('sha256')
    .update(`${rows.digest}\nfiles ${compared?.digest ?? 'not kept'}\n`)
    .digest('hex')
  const problems = compared === null || compared.isEmpty ? [] : await findPlaceProblems(portal.filesPath, find(), [])
  const refusal: AdapterRefusal | null =
    problems.length === 0 ? null : { code: 'files_unusable', facts: { because: problems.join('; ') } }
  return {
    ...rows,
    digest,
    wiped: packConsent(rows.wiped, compared?.lost ?? []),
    files: compared?.files ?? 'not_kept',
    refusals: { inPlace: rows.refusals.inPlace ?? refusal, swap: rows.refusals.swap ?? refusal },
  }
}

/** Null where the snapshot holds no files. Throws an `AdapterRefused`. */
export async function compareFiles(
  find: FindRepository,
  portal: PortalRef,
  snapshot: SnapshotRef,
  examplesPerKind: number,
  signal?: AbortSignal,
): Promise<TreeDifference | null> {
  const done = await refusingProblems(snapshot.id, async () => {
    const source = portal.filesPath ? await findFiles(find, portal, snapshot, signal) : null
    if (!source || !portal.filesPath) return { ok: true, value: null }
    return { ok: true, value: await compareTrees(walkTree(portal.filesPath, signal), listFiles(source, signal), examplesPerKind) }
  })
  if (!done.ok) throw new AdapterRefused(done.refusal)
  return done.value
}
