import { lstat, realpath } from 'node:fs/promises'
import { isAbsolute, resolve, sep } from 'node:path'
import { and, eq, isNotNull, ne, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db, Tx } from '#db/client.ts'
import { portals, runs } from '#db/schema/index.ts'
import { scoped } from '#db/scope.ts'
import type { SystemActor } from '#lib/domain/actor.ts'
import { type Answer, no, refuse } from '#lib/domain/refusal.ts'
import { isBeingRestored } from '#lib/snapshots/lease.ts'
import { type PortalAtHand, portalAtHand } from '#lib/snapshots/portal-at-hand.ts'
import { adapterNamed, adapterNames } from '#lib/snapshots/registry.ts'
import { findOpenUndo } from './find-open-undo.ts'

export const setFilesPathInput = z.object({ portalId: z.uuid(), path: z.string().min(1).nullable() })
type Set = { path: string | null; notes: string[] }

/**
 * Where the portal keeps its files: from now on they lie with each of its restore points, and go back with the whole portal. Null: they are left alone. Refused with the
 * reason where the adapter that keeps the portal's restore points keeps no files, where the path is not a directory of this portal's own (or is the desk's, in `dataDir`), where the
 * adapter could not put files back there, while a restore or an undo is at work, and while a restore that moved files can still be undone: its undo finds them by this path.
 * Restore points of before hold no files.
 */
export async function setFilesPath(
  db: Db,
  _actor: SystemActor,
  { portalId, path }: z.infer<typeof setFilesPathInput>,
  dataDir: string,
): Promise<Answer<Set>> {
  const own = await scoped(db, 'system', (tx) => portalAtHand(tx, portalId))
  if (!own) return no(refuse('invalid_input', { field: 'portal', problem: 'nothing of it is held here' }))
  const examined = path === null ? { ok: true as const, path, notes: [] } : await examine(own, path, dataDir)
  if (!examined.ok) return examined
  const problem = await scoped(db, 'system', (tx) => keep(tx, portalId, examined.path))
  return problem === null ? examined : no(refuse('invalid_input', problem))
}

async function examine(own: PortalAtHand, path: string, dataDir: string): Promise<Answer<Set>> {
  const wrong = (problem: string, field = 'path') => no(refuse('invalid_input', { field, problem }))
  if (!own.adapter.capabilities.files) return wrong(noFilesWith(own.adapterName), 'portal')
  if (!isAbsolute(path)) return wrong(`${path} is no absolute path: name it from the root, /srv/…`)
  const directory = resolve(path)
  if (directory === sep) return wrong('/ is the whole machine, not a portal')
  const found = await lookAt(directory)
  if ('problem' in found) return wrong(found.problem)
  const desk = await lookAt(resolve(dataDir))
  if (overlaps(found.real, 'real' in desk ? desk.real : resolve(dataDir)))
    return wrong(`${directory} and the desk's own DATA_DIR, ${resolve(dataDir)}, lie in each other`)
  const health = await own.adapter.health({ ...own.ref, filesPath: directory }, null)
  if (!health.ok) {
    const codes = health.problems.map(({ code }) => code)
    return no(refuse('invalid_input', { field: 'path', problem: health.problems.map(({ words }) => words).join('; '), codes }))
  }
  return { ok: true, path: directory, notes: health.notes }
}

function noFilesWith(adapterName: string): string {
  const others = adapterNames.filter((name) => adapterNamed(name).capabilities.files)
  const who = others.length === 0 ? 'none does' : `${others.join(' and ')} ${others.length === 1 ? 'does' : 'do'}`
  return `its restore points are kept by the adapter ${adapterName}, which keeps no files; ${who}`
}

async function lookAt(directory: string): Promise<{ real: string } | { problem: string }> {
  try {
    const stat = await lstat(directory)
    const real = await realpath(directory)
    if (stat.isSymbolicLink()) return { problem: `${directory} is a link; name the directory itself: ${real}` }
    return stat.isDirectory() ? { real } : { problem: `${directory} is no directory` }
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause)) throw cause
    const why =
      cause.code === 'ENOENT' || cause.code === 'ENOTDIR' ? 'is not there' : `cannot be looked at (${String(cause.code)})`
    return { problem: `${directory} ${why} on this machine` }
  }
}

/** The same, or one within the other. */
function overlaps(one: string, other: string): boolean {
  return one === other || one.startsWith(`${other}${sep}`) || other.startsWith(`${one}${sep}`)
}

/** Two portals are set one after the other, so that neither misses the other's. */
async function keep(
  tx: Tx,
  portalId: string,
  path: string | null,
): Promise<{ field: string; problem: string; until?: string } | null> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext('set-files-path'))`)
  if ((await isBeingRestored(tx, portalId)) || (await hasUnfinishedRun(tx, portalId)))
    return { field: 'portal', problem: 'a restore of it is at work; say it again when that is over' }
  const [own] = await tx.select({ path: portals.filesPath }).from(portals).where(eq(portals.id, portalId))
  const undoableUntil = own?.path === path ? null : await findOpenUndo(tx, portalId)
  if (undoableUntil !== null) return openUndo(undoableUntil)
  const others = await tx
    .select({ externalId: portals.externalId, path: portals.filesPath })
    .from(portals)
    .where(and(isNotNull(portals.filesPath), ne(portals.id, portalId)))
  for (const other of others) {
    if (path !== null && other.path !== null && overlaps(await realOf(path), await realOf(other.path)))
      return { field: 'path', problem: `${path} and the files of ${other.externalId}, ${other.path}, lie in each other` }
  }
  await tx.update(portals).set({ filesPath: path, updatedAt: sql`now()` }).where(eq(portals.id, portalId))
  return null
}

/** The kept files lie beside where they were: from elsewhere, or from nowhere, an undo would bring back the rows alone. */
function openUndo(until: Date) {
  const when = until.toISOString()
  return {
    field: 'path',
    problem: `a restore that moved its files can be undone until ${when}, and that undo would leave the files as they are; say it again after that`,
    until: when,
  }
}

/** One whose worker died has no lease any more, and goes on with the next one. */
async function hasUnfinishedRun(tx: Tx, portalId: string): Promise<boolean> {
  const found = await tx
    .select({ id: runs.id })
    .from(runs)
    .where(and(eq(runs.portalId, portalId), eq(runs.state, 'running')))
    .limit(1)
  return found.length > 0
}

/** Another portal's may be gone from this machine by now: then its name says what it was. */
async function realOf(path: string): Promise<string> {
  const found = await lookAt(path)
  return 'real' in found ? found.real : path
}
