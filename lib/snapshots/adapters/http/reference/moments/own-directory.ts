import { chown, mkdir } from 'node:fs/promises'
import type { ServerUser } from '#db/embedded-place.ts'

/** A directory that only the user of PostgreSQL's programs can enter, and root. */
export async function makeOwn(path: string, { uid, gid }: ServerUser): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  if (uid !== undefined && gid !== undefined) await chown(path, uid, gid)
}
