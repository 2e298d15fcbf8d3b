import { type Catalogue, readCatalogue } from '../catalogue.ts'
import { type Edge, readForeignKeys } from '../edges.ts'
import { nameKey, quoted, shown, type TableName } from '../names.ts'
import { refuse } from '../refusal.ts'
import type { Scope } from '../scope.ts'
import { rows, type Side } from '../side.ts'
import type { ChosenRecords } from './types.ts'

/** The tables that a put-back of such records can touch, as a scope; only these are compared and locked, and only their structure must stand. */
export type Reach = {
  readonly scope: Scope
  /** For each chosen table, those that hold its rows: itself or its descendants. */
  readonly holders: readonly (readonly TableName[])[]
}

/** Children of the chosen tables, children's children, then the parents of all of these. A table made since the snapshot has no missing rows. */
export async function findReach(live: Side, snapshot: Side, scope: Scope, records: readonly ChosenRecords[]): Promise<Reach> {
  const here = await readCatalogue(live, scope)
  const known = new Set((await readCatalogue(snapshot, scope)).tables.map(nameKey))
  const keys = await readForeignKeys(live, here)
  const holders = []
  for (const { table } of records) holders.push(await holdersOf(live, here, table))
  const reached = new Map(holders.flat().map((table) => [nameKey(table), table]))
  const inside = new Map(here.tables.map((table) => [nameKey(table), table]))
  const spread = (from: (edge: Edge) => readonly TableName[], to: (edge: Edge) => readonly TableName[]) => {
    for (let before = -1; before < reached.size; ) {
      before = reached.size
      for (const edge of keys.filter((one) => from(one).some((table) => reached.has(nameKey(table)))))
        for (const table of to(edge))
          if (inside.has(nameKey(table)) && known.has(nameKey(table))) reached.set(nameKey(table), table)
    }
  }
  spread(
    (edge) => edge.toTables,
    (edge) => edge.fromTables,
  )
  spread(
    (edge) => edge.fromTables,
    (edge) => edge.toTables,
  )
  const patterns = [...reached.values()].map(({ schema, name }) => ({ schema, table: name }))
  return { scope: { kind: 'tables', patterns, protection: scope.protection }, holders }
}

async function holdersOf(live: Side, catalogue: Catalogue, table: TableName): Promise<TableName[]> {
  if (!catalogue.tables.some((one) => nameKey(one) === nameKey(table)))
    throw refuse('table_gone', { name: shown(table), details: [] })
  return rows<{ schema: string; name: string }>(
    live,
    `WITH RECURSIVE family(oid) AS (SELECT $1::regclass::oid UNION SELECT i.inhrelid FROM pg_inherits i JOIN family f ON f.oid = i.inhparent)
     SELECT n.nspname AS schema, c.relname AS name FROM family f JOIN pg_class c ON c.oid = f.oid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' ORDER BY c.oid`,
    [quoted(table)],
  )
}
