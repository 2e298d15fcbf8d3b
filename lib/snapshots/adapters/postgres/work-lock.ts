import type pg from 'pg'
import { z } from 'zod'
import { select } from './connect.ts'

const workClass = 0x5257 // 'RW'

/**
 * Says on the server itself that a call of ours is at work on these databases. The lock lives with the connection, so it cannot outlive
 * the call: what is half-made and unlocked is nobody's any more. Throws when another call is at work there.
 */
export async function startWork(admin: pg.Client, databaseNames: readonly string[]): Promise<void> {
  for (const name of databaseNames) {
    if (!(await tryWork(admin, name))) throw new Error(`another operation is at work on database ${name}`)
  }
}

/** Runs `use` if nobody works on the database; null otherwise. */
export async function ifIdle<T>(admin: pg.Client, databaseName: string, use: () => Promise<T>): Promise<T | null> {
  if (!(await tryWork(admin, databaseName))) return null
  try {
    return await use()
  } finally {
    await admin.query('select pg_advisory_unlock($1, hashtext($2))', [workClass, databaseName])
  }
}

/** Ends the connection of whoever works on the database, and waits until it is gone: for the holder of the lease, to whom all others are dead. */
export async function endWork(admin: pg.Client, databaseName: string): Promise<number> {
  const ended = await select(
    admin,
    z.object({ gone: z.boolean() }),
    `select pg_terminate_backend(l.pid, 5000) as gone from pg_locks l
     where l.locktype = 'advisory' and l.granted and l.pid <> pg_backend_pid() and l.objsubid = 2
       and l.database = (select oid from pg_database where datname = current_database())
       and l.classid = $1 and l.objid::int8 = hashtext($2)::int8 & 4294967295`,
    [workClass, databaseName],
  )
  return ended.length
}

async function tryWork(admin: pg.Client, databaseName: string): Promise<boolean> {
  const [row] = await select(admin, z.object({ got: z.boolean() }), 'select pg_try_advisory_lock($1, hashtext($2)) as got', [
    workClass,
    databaseName,
  ])
  return row?.got ?? false
}
