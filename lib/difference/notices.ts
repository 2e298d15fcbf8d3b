import type { Catalogue } from './catalogue.ts'
import { shown } from './names.ts'
import type { EngineNotice, Fact, NoticeCode } from './refusal.ts'
import { rows, type Side } from './side.ts'

/** What goes on around the scope that people should know before they consent (S104). */
export async function findNotices(live: Side, catalogue: Catalogue): Promise<EngineNotice[]> {
  const tables = catalogue.tables.map((table) => table.oid)
  const asked: [NoticeCode, string, readonly unknown[]][] = [
    [
      'subscription',
      'SELECT subname AS name, subenabled AS enabled FROM pg_subscription WHERE subdbid = $1::oid',
      [live.databaseOid],
    ],
    ['materialized_view_stale', materializedSql, [tables]],
    [
      'prepared_transaction',
      'SELECT gid AS name, prepared::text AS since FROM pg_prepared_xacts WHERE database = current_database()',
      [],
    ],
    [
      'replication_slot',
      `SELECT slot_name AS name, active FROM pg_replication_slots WHERE slot_type = 'logical' AND database = current_database()`,
      [],
    ],
    [
      'collation_version_stale',
      `SELECT datcollversion AS was, pg_database_collation_actual_version(oid) AS is FROM pg_database
       WHERE oid = $1::oid AND datcollversion IS DISTINCT FROM pg_database_collation_actual_version(oid) AND datcollversion IS NOT NULL`,
      [live.databaseOid],
    ],
    ['scheduled_jobs', `SELECT extname AS name FROM pg_extension WHERE extname IN ('pg_cron', 'pgagent', 'pg_timetable')`, []],
  ]
  const notices: EngineNotice[] = []
  for (const [code, sql, values] of asked)
    for (const facts of await rows<Record<string, Fact>>(live, sql, values)) notices.push({ code, facts })
  return [...notices, ...ofTables(catalogue)]
}

function ofTables(catalogue: Catalogue): EngineNotice[] {
  return catalogue.tables.flatMap((table): EngineNotice[] => [
    ...(table.persistence === 'u' ? [{ code: 'unlogged_table' as const, facts: { table: shown(table) } }] : []),
    ...table.loudTriggers.map(({ name }) => ({ code: 'always_trigger' as const, facts: { table: shown(table), trigger: name } })),
  ])
}

// Through views and other materialized views too.
const materializedSql = `WITH RECURSIVE readers(oid) AS (
    SELECT unnest($1::oid[])
    UNION
    SELECT w.ev_class FROM readers r JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = r.oid AND d.classid = 'pg_rewrite'::regclass
    JOIN pg_rewrite w ON w.oid = d.objid)
  SELECT n.nspname || '.' || c.relname AS name FROM readers r JOIN pg_class c ON c.oid = r.oid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'm' ORDER BY 1`
