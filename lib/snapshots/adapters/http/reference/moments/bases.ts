import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { ServerUser } from '#db/embedded-place.ts'
import { pgEnvironment } from '../../../restic/pg-environment.ts'
import { runProgram } from '../../../restic/run-program.ts'
import { makeOwn } from './own-directory.ts'
import type { MomentPrograms } from './programs.ts'
import { segmentNumber } from './segments.ts'
import { readServer } from './watched-server.ts'

const baseSchema = z.object({
  /** By the server's clock, when the backup was over: no instant before it can be gone back to from this one. */
  endedAt: z.coerce.date(),
  firstSegment: z.number(),
  bytes: z.number(),
})
/** A whole copy of the server's files, from which WAL leads on. `data` is their directory. */
export type Base = z.infer<typeof baseSchema> & { name: string; data: string }

/** The finished ones, the oldest first. */
export async function readBases(directory: string): Promise<Base[]> {
  const names = (await readdir(directory)).filter((name) => !isHalf(name))
  const bases = await Promise.all(
    names.map(async (name) => {
      const told = baseSchema.parse(JSON.parse(await readFile(join(directory, name, 'base.json'), 'utf8')))
      return { ...told, name, data: join(directory, name, 'data') }
    }),
  )
  return bases.sort((one, other) => one.endedAt.getTime() - other.endedAt.getTime())
}

/** Copies the server's files while everybody works on. Named only when it is whole. Throws with what pg_basebackup said. */
export async function takeBase(
  directory: string,
  { adminUrl, programs, run }: { adminUrl: string; programs: MomentPrograms; run: { user: ServerUser; signal: AbortSignal } },
): Promise<void> {
  const name = crypto.randomUUID()
  const half = join(directory, `${name}.half`)
  await makeOwn(half, run.user)
  const data = join(half, 'data')
  const made = await runProgram(
    programs.baseBackup,
    // With the WAL that was written meanwhile, so that it is whole whatever becomes of the rest.
    [`--pgdata=${data}`, '--wal-method=stream', '--checkpoint=fast', '--no-password'],
    { env: pgEnvironment(adminUrl, 'postgres'), ...run },
  )
  if (made.code !== 0) throw new Error(`pg_basebackup: ${made.said.trim().slice(-600)}`)
  const { now, segmentBytes, databasesBytes } = await readServer(adminUrl)
  const [, file = ''] =
    /START WAL LOCATION: \S+ \(file ([0-9A-F]{24})\)/.exec(await readFile(join(data, 'backup_label'), 'utf8')) ?? []
  const firstSegment = segmentNumber(file, segmentBytes)
  if (firstSegment === null) throw new Error('the backup does not tell where its WAL begins')
  // Instants are told by the millisecond, and the server counts finer.
  const endedAt = new Date(now.getTime() + 1)
  await writeFile(join(half, 'base.json'), JSON.stringify({ endedAt, firstSegment, bytes: databasesBytes }))
  await rename(half, join(directory, name))
}

/** What a kill left of one. */
export async function removeHalves(directory: string): Promise<void> {
  for (const name of await readdir(directory)) if (isHalf(name)) await rm(join(directory, name), { recursive: true, force: true })
}

/** Those of which a newer one leads to all instants since `horizon` too. */
export function needless(bases: readonly Base[], horizon: Date): Base[] {
  return bases.filter((_, at) => {
    const next = bases[at + 1]
    return next !== undefined && next.endedAt <= horizon
  })
}

const isHalf = (name: string) => name.endsWith('.half')
