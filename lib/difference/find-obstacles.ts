import { type Catalogue, readCatalogue, rowTables } from './catalogue.ts'
import type { Drift } from './difference.ts'
import { findDrift } from './drift.ts'
import { readEdges } from './edges.ts'
import { shown } from './names.ts'
import { findNotices } from './notices.ts'
import { findUnprotectable } from './protectable.ts'
import { nothingProtected } from './protection.ts'
import type { EngineNotice, EngineRefusal, RefusalCode } from './refusal.ts'
import type { Scope } from './scope.ts'
import { one, rows, type Side } from './side.ts'

export type Obstacles = { readonly refusals: readonly EngineRefusal[]; readonly notices: readonly EngineNotice[] }

/** `in_place` as here; `swap` asks only what concerns a swap by rename of the whole database. */
export type RestoreWay = 'in_place' | 'swap'

/** What stands in the way of a restore, and what people should know, before anyone consents. Reads catalogues only. */
export async function findObstacles(live: Side, snapshot: Side, scope: Scope, way: RestoreWay): Promise<Obstacles> {
  const here = await readCatalogue(live, scope)
  const notices = await findNotices(live, here)
  const basic = await findBasics(live, snapshot)
  const unprotectable = await findUnprotectable(live, here, scope.protection ?? nothingProtected)
  if (way === 'swap') return { refusals: [...basic, ...unprotectable, ...(await findPrepared(live))], notices }
  const there = await readCatalogue(snapshot, scope)
  const refusals = [
    ...basic,
    ...findDrift(here, there).drift.map(asRefusal),
    ...findUnfit(here),
    ...unprotectable,
    ...(await findUnidentified(live, here)),
    ...(await findLoudEvents(live, here)),
    ...(await findPeriods(live, here)),
    ...(await findLacks(live, here)),
  ]
  return { refusals, notices }
}

const driftCodes: Record<Drift['kind'], RefusalCode> = {
  table_newer: 'table_newer',
  table_gone: 'table_gone',
  table_changed: 'structure_moved',
  type_changed: 'type_moved',
}

export function asRefusal(drift: Drift): EngineRefusal {
  return { code: driftCodes[drift.kind], facts: { name: drift.name, details: drift.details } }
}

async function findBasics(live: Side, snapshot: Side): Promise<EngineRefusal[]> {
  if (live.versionNum < 150000) return [{ code: 'server_too_old', facts: { versionNum: live.versionNum } }]
  const identity = (side: Side) => one<{ id: string }>(side, 'SELECT system_identifier::text AS id FROM pg_control_system()')
  const same = live.databaseOid === snapshot.databaseOid && (await identity(live)).id === (await identity(snapshot)).id
  return same ? [{ code: 'same_database', facts: { database: live.database } }] : []
}

async function findPrepared(live: Side): Promise<EngineRefusal[]> {
  const found = await rows<{ gid: string }>(live, 'SELECT gid FROM pg_prepared_xacts WHERE database = current_database()')
  return found.map(({ gid }) => ({ code: 'prepared_transaction', facts: { gid } }))
}

function findUnfit(catalogue: Catalogue): EngineRefusal[] {
  return catalogue.tables.flatMap((table) => {
    const name = shown(table)
    const found: EngineRefusal[] = []
    if (table.kind === 'f') found.push({ code: 'foreign_table', facts: { table: name } })
    if (table.kind === 'r' && table.accessMethod !== 'heap')
      found.push({ code: 'table_not_heap', facts: { table: name, accessMethod: table.accessMethod } })
    if (table.loudRules.length > 0) found.push({ code: 'rule_always', facts: { table: name, rules: table.loudRules } })
    return found
  })
}

// The server refuses DELETE and UPDATE on a table whose changes it could not name to a subscriber. A partition is published with its ancestors.
async function findUnidentified(live: Side, catalogue: Catalogue): Promise<EngineRefusal[]> {
  const found = await rows<{ table: string; publication: string }>(
    live,
    `SELECT DISTINCT n.nspname || '.' || c.relname AS "table", b.pubname AS publication
     FROM pg_publication b JOIN pg_publication_tables p USING (pubname)
     JOIN pg_namespace pn ON pn.nspname = p.schemaname JOIN pg_class pc ON pc.relnamespace = pn.oid AND pc.relname = p.tablename
     JOIN pg_class c ON c.oid = pc.oid OR c.oid IN (SELECT relid FROM pg_partition_tree(pc.oid)) JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE (b.pubdelete OR b.pubupdate) AND c.relkind = 'r' AND c.oid = ANY ($1::oid[]) AND (c.relreplident = 'n'
       OR (c.relreplident = 'd' AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary AND i.indimmediate)))`,
    [rowTables(catalogue).map((table) => table.oid)],
  )
  return found.map((facts) => ({ code: 'published_without_identity', facts }))
}

async function findLoudEvents(live: Side, catalogue: Catalogue): Promise<EngineRefusal[]> {
  const loud = catalogue.tables.filter((table) => table.loudTriggers.length > 0)
  if (loud.length === 0) return []
  const events = await rows<{ name: string }>(live, `SELECT evtname AS name FROM pg_event_trigger WHERE evtenabled IN ('A', 'R')`)
  if (events.length === 0 || (live.versionNum >= 170000 && (await maySet(live, 'event_triggers')))) return []
  return events.map(({ name }) => ({ code: 'event_trigger_always', facts: { eventTrigger: name, tables: loud.map(shown) } }))
}

async function findPeriods(live: Side, catalogue: Catalogue): Promise<EngineRefusal[]> {
  const edges = await readEdges(live, catalogue)
  return edges.filter((edge) => edge.isPeriod).map((edge) => ({ code: 'period_reference', facts: { edge: edge.edge } }))
}

async function findLacks(live: Side, catalogue: Catalogue): Promise<EngineRefusal[]> {
  if (live.isSuperuser) return []
  const lacks: EngineRefusal[] = []
  if (!(await maySet(live, 'session_replication_role')))
    lacks.push({ code: 'role_lacks_right', facts: { right: 'SET session_replication_role' } })
  const tables = await rows<{ name: string; hidden: boolean; lacking: string[]; owned: boolean }>(
    live,
    `SELECT n.nspname || '.' || c.relname AS name,
       c.relrowsecurity AND NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = current_user)
         AND (c.relforcerowsecurity OR NOT pg_has_role(c.relowner, 'USAGE')) AS hidden,
       ARRAY(SELECT r FROM unnest('{SELECT,INSERT,UPDATE,DELETE}'::text[]) AS r WHERE NOT has_table_privilege(c.oid, r)) AS lacking,
       pg_has_role(c.relowner, 'USAGE') AS owned
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = ANY ($1::oid[]) ORDER BY c.oid`,
    [catalogue.tables.map((table) => table.oid)],
  )
  const loud = new Set(catalogue.tables.filter((table) => table.loudTriggers.length > 0).map(shown))
  for (const { name, hidden, lacking, owned } of tables) {
    if (hidden) lacks.push({ code: 'role_cannot_see_rows', facts: { table: name } })
    if (lacking.length > 0) lacks.push({ code: 'role_lacks_right', facts: { table: name, right: lacking } })
    if (loud.has(name) && !owned)
      lacks.push({ code: 'role_lacks_right', facts: { table: name, right: 'ownership, to switch its triggers off' } })
  }
  return lacks
}

async function maySet(live: Side, parameter: string): Promise<boolean> {
  const { may } = await one<{ may: boolean }>(live, `SELECT has_parameter_privilege($1, 'SET') AS may`, [parameter])
  return may
}
