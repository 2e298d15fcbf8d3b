import type pg from 'pg'
import { z } from 'zod'
import { select } from './connect.ts'
import { readDatabase } from './marker.ts'

/**
 * Whether our role could fail to see rows of this database, found out before anything is barred or copied (S97): row security that
 * applies to us, or tables we may not read. `client` is connected to the database in question.
 */
export async function readHiddenTables(client: pg.Client): Promise<string[]> {
  const hidden = await select(
    client,
    z.object({ name: z.string() }),
    `select format('%I.%I', n.nspname, c.relname) as name
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p') and c.relpersistence <> 't' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
       and (not has_schema_privilege(n.oid, 'USAGE') or not has_table_privilege(c.oid, 'SELECT')
         or (c.relrowsecurity and not (select rolsuper or rolbypassrls from pg_roles where rolname = current_user)
           and (c.relforcerowsecurity or not pg_has_role(c.relowner, 'USAGE'))))
     order by 1`,
  )
  return hidden.map(({ name }) => name)
}

/** A right the adapter needs, what for, and the statement that gives it. */
export type MissingRight = { right: string; neededFor: string; statement: string; onlySometimes: boolean }

export async function readMissingRights(admin: pg.Client, databaseName: string): Promise<MissingRight[]> {
  const [role] = await select(admin, roleRow, roleQuery)
  if (!role || role.superuser) return []
  const me = admin.escapeIdentifier(role.name)
  const database = await readDatabase(admin, databaseName)
  const missing: MissingRight[] = []
  const need = (has: boolean, right: string, neededFor: string, statement: string, onlySometimes = false) => {
    if (!has) missing.push({ right, neededFor, statement, onlySometimes })
  }
  need(role.createDatabase, 'CREATEDB', 'copies and renames of databases', `ALTER ROLE ${me} CREATEDB`)
  need(
    database?.mine ?? true,
    'ownership',
    'copying and renaming the portal',
    `GRANT ${admin.escapeIdentifier(database?.owner ?? '')} TO ${me}`,
  )
  need(role.bypassRowSecurity, 'BYPASSRLS', 'reading every row (S97)', `ALTER ROLE ${me} BYPASSRLS`)
  need(role.readAll, 'pg_read_all_data', 'reading every table', `GRANT pg_read_all_data TO ${me}`)
  need(role.writeAll, 'pg_write_all_data', 'putting rows back', `GRANT pg_write_all_data TO ${me}`)
  need(role.signals, 'pg_signal_backend', 'ending sessions before a copy', `GRANT pg_signal_backend TO ${me}`)
  need(
    role.replica,
    'SET session_replication_role',
    'writing rows without waking triggers',
    `GRANT SET ON PARAMETER session_replication_role TO ${me}`,
  )
  need(role.checkpoint, 'pg_checkpoint', 'a shorter bar during a physical capture', `GRANT pg_checkpoint TO ${me}`, true)
  return missing
}

const roleRow = z.object({
  name: z.string(),
  superuser: z.boolean(),
  createDatabase: z.boolean(),
  bypassRowSecurity: z.boolean(),
  readAll: z.boolean(),
  writeAll: z.boolean(),
  signals: z.boolean(),
  replica: z.boolean(),
  checkpoint: z.boolean(),
  readStats: z.boolean(),
})
const roleQuery = `select rolname as name, rolsuper as superuser, rolcreatedb as "createDatabase", rolbypassrls as "bypassRowSecurity",
  pg_has_role('pg_read_all_data', 'USAGE') as "readAll", pg_has_role('pg_write_all_data', 'USAGE') as "writeAll",
  pg_has_role('pg_signal_backend', 'USAGE') as signals,
  has_parameter_privilege('session_replication_role', 'SET') as replica, pg_has_role('pg_checkpoint', 'USAGE') as checkpoint,
  pg_has_role('pg_monitor', 'USAGE') as "readStats"
  from pg_roles where rolname = current_user`
