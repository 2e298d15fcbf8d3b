import { z } from 'zod'
import type { ArchiveRecord } from './archives.ts'

/**
 * What the caller keeps of an archive, outside the repository, and hands back as the snapshot's baseline: whoever has the repository's password could
 * write an archive and a record that agree with each other, but not ones that agree with this (S120).
 */
export function sealOf({ archiveId, sha256, files }: ArchiveRecord): Uint8Array {
  return Buffer.from(JSON.stringify({ archiveId, sha256, ...(files ? { filesTreeId: files.treeId } : {}) }))
}

export function isSealOf(seal: Uint8Array, record: ArchiveRecord): boolean {
  const kept = sealSchema.safeParse(JSON.parse(Buffer.from(seal).toString()))
  return (
    kept.success &&
    kept.data.archiveId === record.archiveId &&
    kept.data.sha256 === record.sha256 &&
    kept.data.filesTreeId === record.files?.treeId
  )
}

const sealSchema = z.object({ archiveId: z.string(), sha256: z.string(), filesTreeId: z.string().optional() })
