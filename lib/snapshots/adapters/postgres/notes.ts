import type pg from 'pg'
import { z } from 'zod'
import { preparedTransactions } from './bar.ts'
import { select } from './connect.ts'

/** What lives beside the portal's rows and should be known before consent (S104, S105); it stops nothing here. */
export async function readNotes(admin: pg.Client, databaseName: string): Promise<string[]> {
  const facts = await select(admin, z.object({ note: z.string() }), notesQuery, [databaseName])
  const prepared = await preparedTransactions(admin, databaseName)
  return [
    ...facts.map(({ note }) => note),
    ...prepared.map((who) => `prepared transaction ${who} stops physical captures and swaps`),
  ]
}

const notesQuery = `
  select format('logical replication slot %s belongs to this database: no swap, and a restore in place is passed on to its reader', slot_name) as note
    from pg_replication_slots where database = $1
  union all
  select format('subscription %s writes into this database: no swap, and what it wrote since a snapshot is not sent again', subname)
    from pg_subscription s join pg_database d on d.oid = s.subdbid where d.datname = $1
  union all
  select format('the collation version is %s and the operating system has %s: text indexes may be out of order; REINDEX, then ALTER DATABASE … REFRESH COLLATION VERSION', datcollversion, pg_database_collation_actual_version(oid))
    from pg_database where datname = $1 and datcollversion is distinct from pg_database_collation_actual_version(oid)
  union all
  select format('writers would wait for a restore in place more briefly if the server''s log could be read: in the database %I CREATE EXTENSION IF NOT EXISTS pg_walinspect; GRANT EXECUTE ON FUNCTION pg_get_wal_block_info(pg_lsn, pg_lsn, boolean) TO %I', current_database(), current_user)
    where current_setting('server_version_num')::int >= 160000 and not exists (
      select from pg_proc p join pg_depend d on d.objid = p.oid and d.classid = 'pg_proc'::regclass and d.deptype = 'e'
        join pg_extension e on e.oid = d.refobjid and e.extname = 'pg_walinspect'
      where p.proname = 'pg_get_wal_block_info' and has_function_privilege(p.oid, 'EXECUTE'))
  union all
  select format('role %s that works in this database is a superuser: whatever is closed to others is open to it', usename)
    from (select distinct a.usename from pg_stat_activity a join pg_roles r on r.oid = a.usesysid
      where a.datname = $1 and r.rolsuper and a.usesysid <> (select oid from pg_roles where rolname = current_user)) s`
