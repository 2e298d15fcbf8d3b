import { z } from 'zod'
import { type FoundSnapshot, manifestSchema, type PortalRef } from '../../port.ts'
import { tableShapeSchema } from '../postgres/table-shapes.ts'
import { askRestic } from './ask-restic.ts'
import { isDamage, RepositoryProblem } from './problem.ts'
import type { Repository } from './repository.ts'

/**
 * A snapshot is two entries of the repository: the archive (what pg_dump wrote), and then its record (the manifest, the archive's sha-256, what the
 * capture answered). The record comes last and names the archive: an archive without one is a capture that was interrupted, and is never listed (S107).
 * Of a portal with files there is a third between them, the file tree, which the record names too.
 */
export type Archive = FoundSnapshot & { recordId: string; archiveId: string; filesId: string | null }
export type HalfMade = { name: string; id: string }

/** The portal's file tree: `treeId` is the sum of all that is in it, `root` the folder's name within the entry. */
const keptFilesSchema = z.object({
  entryId: z.string(),
  treeId: z.string(),
  root: z.string(),
  count: z.number(),
  bytes: z.number(),
})
export type KeptFiles = z.infer<typeof keptFilesSchema>

export const recordSchema = z.object({
  version: z.literal(1),
  portalId: z.string(),
  snapshotId: z.string(),
  name: z.string(),
  archiveId: z.string(),
  /** Of the archive's bytes: what is loaded is what we made, or nothing is (S120). */
  sha256: z.string(),
  bytes: z.number(),
  /** The version of pg_dump. */
  dumpedBy: z.string(),
  manifest: manifestSchema,
  files: keptFilesSchema.optional(),
  /** What a search asks of a catalogue. Absent: the archive was made before archives were looked through, and its text looks otherwise. */
  shapes: z.array(tableShapeSchema).optional(),
  captured: z.object({
    captureMs: z.number(),
    changes: z.object({ missing: z.number(), newer: z.number(), changed: z.number() }).nullable(),
    notes: z.array(z.string()),
  }),
})
export type ArchiveRecord = z.infer<typeof recordSchema>

/** What of this portal is in the repository: one question, answered from tags alone. Oldest first. */
export async function readArchives(
  repository: Repository,
  portal: PortalRef,
  signal?: AbortSignal,
): Promise<{ finished: Archive[]; halfMade: HalfMade[] }> {
  const entries = await entriesWith(repository, `${ours},portal:${portal.id}`, signal)
  const there = new Set(entries.map(({ id }) => id))
  const finished = entries.flatMap((entry) => {
    const archive = asArchive(entry, portal)
    return archive && there.has(archive.archiveId) ? [archive] : []
  })
  const used = new Set(finished.flatMap(entriesOf))
  const halfMade = entries.filter(({ id }) => !used.has(id)).map(({ id, tags }) => ({ id, name: tagged(tags, 'name') ?? '' }))
  return { finished: finished.sort((a, b) => a.completedAt.localeCompare(b.completedAt)), halfMade }
}

/** All entries of a snapshot. The record comes first: without it there is no snapshot. */
export function entriesOf({ recordId, archiveId, filesId }: Archive): string[] {
  return [recordId, archiveId, ...(filesId === null ? [] : [filesId])]
}

/** As the port tells of it. */
export function foundOf({ recordId: _, archiveId: __, filesId: ___, ...found }: Archive): FoundSnapshot {
  return found
}

/** The entry that bears a tag which only one can bear. */
export async function findByTag(repository: Repository, tag: string): Promise<{ id: string; treeId: string }> {
  const [entry] = await entriesWith(repository, tag)
  if (!entry) throw new Error('what was just kept is not in the repository')
  return { id: entry.id, treeId: entry.tree }
}

/** The sum of what an entry of this portal holds; null where there is no such entry. */
export async function treeOf(
  repository: Repository,
  portal: PortalRef,
  entryId: string,
  signal?: AbortSignal,
): Promise<string | null> {
  const entries = await entriesWith(repository, `${ours},portal:${portal.id}`, signal)
  return entries.find(({ id }) => id === entryId)?.tree ?? null
}

async function entriesWith(repository: Repository, tags: string, signal?: AbortSignal): Promise<Entry[]> {
  const told = await askRestic(repository, ['snapshots', '--json', '--tag', tags], { signal })
  return z.array(entrySchema).parse(JSON.parse(told))
}

export async function findArchive(
  repository: Repository,
  portal: PortalRef,
  name: string,
  signal?: AbortSignal,
): Promise<Archive | null> {
  const { finished } = await readArchives(repository, portal, signal)
  return finished.find(({ databaseName }) => databaseName === name) ?? null
}

/** Tags of what is ours: the portal and the snapshot by the desk's ids, the name that the snapshot's key gives. */
export function tagsOf(of: { portalId: string; snapshotId: string; name: string }, ...more: string[]): string {
  return [ours, `portal:${of.portalId}`, `snapshot:${of.snapshotId}`, `name:${of.name}`, ...more].join(',')
}

/** Writes the record, and with it the snapshot: before this there is none, after it there is. */
export async function writeRecord(repository: Repository, record: ArchiveRecord): Promise<void> {
  const files = record.files ? [`files:${record.files.entryId}`] : []
  const bytes = record.bytes + (record.files?.bytes ?? 0)
  const tags = tagsOf(record, 'kind:record', `archive:${record.archiveId}`, `bytes:${bytes}`, ...files)
  const args = ['backup', '--stdin', '--stdin-filename', recordFile, '--host', ours, '--tag', tags, '--quiet']
  await askRestic(repository, args, { input: JSON.stringify(record) })
}

/** Throws a `RepositoryProblem` when it cannot be read, or speaks of something else than its tags. */
export async function readRecord(repository: Repository, archive: Archive, signal?: AbortSignal): Promise<ArchiveRecord> {
  // restic asks for a missing file again and again for a quarter of an hour; that it is missing is known the first time.
  const told = await askRestic(repository, ['dump', archive.recordId, `/${recordFile}`], { signal, isEnough: isDamage })
  const record = recordSchema.safeParse(JSON.parse(told))
  const fits =
    record.success &&
    record.data.archiveId === archive.archiveId &&
    record.data.portalId === archive.portalId &&
    record.data.name === archive.databaseName &&
    (record.data.files?.entryId ?? null) === archive.filesId
  if (!fits) throw new RepositoryProblem('damaged', `the record of ${archive.databaseName} is not one of ours`)
  remember(archive, record.data)
  return record.data
}

/**
 * As `readRecord`, or from memory where this process has read it, which spares whoever opens or searches the same archives again a call for each. An
 * entry's id is the sum of all that it holds, so it cannot have come to say anything else; that it still is in the repository is not asked here.
 */
export async function recallRecord(repository: Repository, archive: Archive, signal?: AbortSignal): Promise<ArchiveRecord> {
  const known = remembered.get(archive.recordId)
  if (known) remember(archive, known)
  return known ?? readRecord(repository, archive, signal)
}

/** By the entry's id, what was asked for last at the end. Of a portal of a thousand tables a record takes about a megabyte. */
const remembered = new Map<string, ArchiveRecord>()
const rememberedAtMost = 32

function remember({ recordId }: Archive, record: ArchiveRecord): void {
  remembered.delete(recordId)
  remembered.set(recordId, record)
  const [oldest] = remembered.keys()
  if (remembered.size > rememberedAtMost && oldest !== undefined) remembered.delete(oldest)
}

/** The file of an archive within its entry. */
export const archiveFile = 'portal.dump'
export const ours = 'restore-desk'
const recordFile = 'record.json'

const entrySchema = z.object({ id: z.string(), tree: z.string(), time: z.string(), tags: z.array(z.string()).nullish() })
type Entry = z.infer<typeof entrySchema>

function asArchive({ id, time, tags }: Entry, portal: PortalRef): Archive | null {
  const [archiveId, snapshotId, name] = ['archive', 'snapshot', 'name'].map((key) => tagged(tags, key))
  if (tagged(tags, 'kind') !== 'record' || !archiveId || !snapshotId || !name) return null
  return {
    id: snapshotId,
    databaseName: name,
    portalId: portal.id,
    purpose: 'snapshot',
    completedAt: new Date(time).toISOString(),
    bytes: Number(tagged(tags, 'bytes') ?? 0),
    recordId: id,
    archiveId,
    filesId: tagged(tags, 'files'),
  }
}

function tagged(tags: Entry['tags'], key: string): string | null {
  return tags?.find((tag) => tag.startsWith(`${key}:`))?.slice(key.length + 1) ?? null
}
