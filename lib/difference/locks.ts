import type { Table } from './catalogue.ts'
import { refuse } from './refusal.ts'
import { rows, run, type Side, sqlState } from './side.ts'

/** Not to be waited for: another attempt may do (55P03 lock_not_available, 40P01 deadlock_detected). */
export function isLockConflict(error: unknown): boolean {
  return ['55P03', '40P01'].includes(sqlState(error) ?? '')
}

/**
 * Locks the tables against writers, in oid order, without their descendants (those are listed themselves). Readers go on. EXCLUSIVE also stops
 * the row locks of foreign-key checks, so that nobody outside can start to point at a row that goes.
 */
export async function lockTables(writer: Side, tables: readonly Table[], lockTimeoutMs: number): Promise<void> {
  if (tables.length === 0) return
  await run(writer, `SET LOCAL lock_timeout = ${Math.round(lockTimeoutMs)}`)
  const ordered = [...tables].sort((a, b) => a.oid - b.oid)
  await run(writer, `LOCK TABLE ${ordered.map((table) => `ONLY ${table.quoted}`).join(', ')} IN EXCLUSIVE MODE`)
}

/** Holds the tables as they are built, for a reader: stops TRUNCATE, VACUUM FULL and ALTER TABLE, and nobody else. */
export async function holdTables(side: Side, tables: readonly Table[]): Promise<void> {
  if (tables.length === 0) return
  await run(side, `LOCK TABLE ${tables.map((table) => `ONLY ${table.quoted}`).join(', ')} IN ACCESS SHARE MODE`)
}

/**
 * Who holds what a writer's lock would have to wait for: one line each, for people (S52). An autovacuum makes way by itself as soon as somebody
 * has waited for `deadlock_timeout`, so it is nobody to call; only one that prevents wraparound stays, and is named as that.
 */
export async function whoBlocks(side: Side, tables: readonly Table[], except: number): Promise<string[]> {
  const found = await rows<{ blocker: string }>(
    side,
    `SELECT DISTINCT CASE WHEN l.pid IS NULL THEN 'prepared transaction ' || coalesce(x.gid, '?')
         ELSE concat_ws(' ', coalesce(a.usename, a.query), nullif(a.application_name, ''), format('(process %s) since %s, %s', l.pid,
           to_char(a.xact_start, 'YYYY-MM-DD HH24:MI:SSOF'), a.state)) END AS blocker
     FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
     LEFT JOIN pg_prepared_xacts x ON l.pid IS NULL AND x.transaction IN (SELECT t.transactionid FROM pg_locks t
       WHERE t.pid IS NULL AND t.locktype = 'transactionid' AND t.virtualtransaction = l.virtualtransaction)
     WHERE l.locktype = 'relation' AND l.granted AND l.database = $1::oid AND l.relation = ANY ($2::oid[]) AND l.mode <> 'AccessShareLock'
       AND l.pid IS DISTINCT FROM $3::int
       AND (l.pid IS NULL OR a.usename IS NOT NULL OR a.query NOT LIKE 'autovacuum: %' OR a.query LIKE '% (to prevent wraparound)')
     ORDER BY 1`,
    [side.databaseOid, tables.map((table) => table.oid), except],
  )
  return found.map(({ blocker }) => blocker)
}

export function lockRefusal(blockers: readonly string[], attempts: number) {
  return refuse('lock_not_granted', { blockers, attempts })
}
