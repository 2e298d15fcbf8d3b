import type pg from 'pg'
import { z } from 'zod'
import { scopeCondition } from '#lib/difference/scope.ts'
import type { DeletionCounts, PortalRef } from '../../port.ts'
import { select, withClient } from './connect.ts'
import { type Counters, counterSchema, deletedSince } from './deleted-since.ts'
import { scopeOf } from './sides.ts'

const markSchema = z.object({ database: z.string(), reset: z.string(), tables: z.array(counterSchema) })
const statementTimeout = { statement_timeout: '20000' }

/** R15 from the server's own statistics: what it has counted per table anyway. Reads no row and takes no lock. */
export async function countDeletions(portal: PortalRef, mark: string | null): Promise<DeletionCounts> {
  const now = await withClient(portal.adminUrl, portal.databaseName, (live) => readCounters(live, portal), statementTimeout)
  const before = mark === null ? null : markSchema.parse(JSON.parse(mark))
  return { mark: JSON.stringify(now), deleted: before === null ? null : deletedSince(before, now) }
}

async function readCounters(live: pg.Client, portal: PortalRef): Promise<Counters> {
  const [era] = await select(live, eraRow, eraQuery)
  if (!era) throw new Error('the server does not know the database it is in')
  const { sql, values } = scopeCondition(scopeOf(portal, 'crm'))
  return { ...era, tables: await select(live, counterSchema, tablesQuery(sql), [...values]) }
}

const eraRow = z.object({ database: z.string(), reset: z.string() })
const eraQuery = `select d.oid::text as database, coalesce(extract(epoch from pg_stat_get_db_stat_reset_time(d.oid))::text, '') as reset
  from pg_database d where d.datname = current_database()`

/** A partition goes by its root's name: people know that one. */
const tablesQuery = (
  inCrm: string,
) => `select l.oid::text as id, n.nspname as schema, c.relname as "table", (${inCrm}) as "inCrm",
    coalesce(pg_relation_filenode(l.oid), 0)::text as file,
    pg_stat_get_tuples_deleted(l.oid)::text as deleted,
    pg_stat_get_tuples_inserted(l.oid)::text as inserted,
    pg_stat_get_live_tuples(l.oid)::text as live,
    l.reltuples::bigint::text as estimate,
    (pg_stat_get_vacuum_count(l.oid) + pg_stat_get_autovacuum_count(l.oid)
      + pg_stat_get_analyze_count(l.oid) + pg_stat_get_autoanalyze_count(l.oid))::text as counted
  from pg_class l
    join pg_class c on c.oid = coalesce(pg_partition_root(l.oid), l.oid)
    join pg_namespace n on n.oid = c.relnamespace
  where l.relkind = 'r' and l.relpersistence <> 't' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  order by l.oid`
