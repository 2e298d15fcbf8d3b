import { open, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'
import { z } from 'zod'
import { select, sqlState } from './connect.ts'

/** `freeBytes` is null when it cannot be known; `because` says why, or how it is known. Never guessed (S51). */
export type FreeSpace = { freeBytes: number | null; because: string }

/**
 * Free space where the server keeps a database. PostgreSQL does not tell, so it is only known where the server's data directory
 * can be seen from here, which is proved by the system identifier in its control file and not by the path's looks.
 */
export async function readFreeSpace(admin: pg.Client, adminUrl: string): Promise<FreeSpace> {
  const directory = await readDataDirectory(admin)
  if (directory === null)
    return { freeBytes: null, because: "the role may not read the server's data_directory (pg_read_all_settings)" }
  const [system] = await select(
    admin,
    z.object({ id: z.string() }),
    'select system_identifier::text as id from pg_control_system()',
  )
  try {
    if ((await readSystemIdentifier(directory)) !== system?.id) {
      return {
        freeBytes: null,
        because: `${directory} on this machine belongs to another server than ${new URL(adminUrl).host}`,
      }
    }
    const { bavail, bsize } = await statfs(directory)
    return { freeBytes: bavail * bsize, because: `${directory} is on this machine` }
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    return { freeBytes: null, because: `the server's ${directory} cannot be seen from this machine (${why})` }
  }
}

export async function databaseBytes(admin: pg.Client, databaseName: string): Promise<number> {
  const [row] = await select(admin, z.object({ bytes: z.coerce.number() }), 'select pg_database_size($1)::text as bytes', [
    databaseName,
  ])
  return row?.bytes ?? 0
}

async function readDataDirectory(admin: pg.Client): Promise<string | null> {
  try {
    const [row] = await select(
      admin,
      z.object({ directory: z.string() }),
      `select current_setting('data_directory') as directory`,
    )
    return row?.directory ?? null
  } catch (error) {
    if (sqlState(error) === '42501') return null
    throw error
  }
}

/** The first eight bytes of `global/pg_control`, in the byte order of the machine that runs the server. */
async function readSystemIdentifier(directory: string): Promise<string> {
  const file = await open(join(directory, 'global', 'pg_control'))
  try {
    const { buffer } = await file.read(Buffer.alloc(8), 0, 8, 0)
    return buffer.readBigUInt64LE().toString()
  } finally {
    await file.close()
  }
}
