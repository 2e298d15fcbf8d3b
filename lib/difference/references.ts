import { readCatalogue, type Table } from './catalogue.ts'
import { rowHash } from './compare/row-hash.ts'
import {
  absentKeys,
  countOf,
  countReferences,
  holdsColumns,
  joined,
  type Keys,
  keysAt,
  keyTable,
  pointsAt,
  presentKeys,
} from './dangling.ts'
import type { Edge, EdgeTable } from './edges.ts'
import type { Journal, NulledReference } from './journal.ts'
import { nameKey, quoted, quoteText } from './names.ts'
import type { TablePlan } from './plan.ts'
import { refuse } from './refusal.ts'
import type { RowSet } from './row-set.ts'
import { rows, type Side } from './side.ts'
import { silence } from './triggers.ts'

/** What becomes of rows that a restore leaves pointing at nothing across the scope's edge (S71). */
export type EdgePolicy = 'null' | 'keep' | 'refuse'

/** By `Edge.edge`; `otherwise` is for the edges not named. */
export type EdgePolicies = { readonly byEdge: Readonly<Record<string, EdgePolicy>>; readonly otherwise: EdgePolicy }

export type SettledReference = {
  readonly edge: string
  readonly direction: Edge['direction']
  readonly rows: number
  readonly became: 'nulled' | 'kept'
}

type Setting = {
  readonly writer: Side
  readonly snapshot: Side
  readonly frozen: Side
  /** The first xid that nobody had when the tables were locked: rows inserted by this transaction are no older. */
  readonly writtenSince: string
  readonly plans: readonly TablePlan[]
  readonly policies: EdgePolicies
  readonly journal: Journal
  /** Tables outside the scope whose loud triggers were switched off: to be put back with the others. */
  readonly silenced: Table[]
}

/** Before anything is deleted: which keys the rows that go bear. Only these can leave anybody pointing at nothing. */
export async function vanishingKeys(writer: Side, edges: readonly Edge[], plans: readonly TablePlan[]): Promise<Map<Edge, Keys>> {
  const vanishing = new Map<Edge, Keys>()
  for (const edge of edges.filter(({ direction }) => direction === 'inward')) {
    const columns = edge.columns.map((column) => column.to)
    vanishing.set(edge, await gather(writer, edge.toTables, columns, plans, (plan) => plan.remove))
  }
  return vanishing
}

/** After all rows are in place: nulls, keeps or refuses what points at nothing now and did not before. Every row of it is counted. */
export async function settleReferences(
  setting: Setting,
  edges: readonly Edge[],
  vanishing: Map<Edge, Keys>,
): Promise<SettledReference[]> {
  const settled: SettledReference[] = []
  for (const edge of edges) {
    const candidates = edge.direction === 'inward' ? (vanishing.get(edge) ?? []) : await returningKeys(setting, edge)
    const unmet = await absentKeys(setting.writer, edge, candidates)
    if (countOf(unmet) === 0) continue
    const rowsLeft = await dangling(setting, edge, unmet)
    if (rowsLeft === 0) continue
    const policy = edge.alwaysNulled ? 'null' : (setting.policies.byEdge[edge.edge] ?? setting.policies.otherwise)
    if (policy === 'refuse') throw refuse('reference_refused', { edge: edge.edge, rows: rowsLeft })
    if (policy === 'null' && edge.nulled.length === 0) throw refuse('reference_not_nullable', { edge: edge.edge, rows: rowsLeft })
    if (policy === 'null') for (const table of edge.fromTables) await nullReferences(setting, edge, table, unmet)
    settled.push({ edge: edge.edge, direction: edge.direction, rows: rowsLeft, became: policy === 'null' ? 'nulled' : 'kept' })
  }
  return settled
}

async function dangling(setting: Setting, edge: Edge, unmet: Keys): Promise<number> {
  return countReferences(setting.writer, edge, unmet, edge.direction === 'outward' ? young(setting.writtenSince) : 'true')
}

// Only what this transaction inserted: an orphan of old is no business of the restore's.
function young(writtenSince: string): string {
  return `age(t.xmin) <= age('${writtenSince}'::xid)`
}

async function returningKeys({ snapshot, frozen, plans }: Setting, edge: Edge): Promise<Keys> {
  const columns = edge.columns.map((column) => column.from)
  const inserted = await gather(snapshot, edge.fromTables, columns, plans, (plan) => plan.insert)
  const revived = await gather(frozen, edge.fromTables, columns, plans, (plan) => plan.revive)
  // What pointed at nothing in the snapshot does so again: exact, and nobody's doing.
  const met = (await holdsColumns(snapshot, edge)) ? await presentKeys(snapshot, edge, inserted) : inserted
  return joined(met, await presentKeys(frozen, edge, revived), columns.length)
}

async function gather(
  side: Side,
  tables: readonly EdgeTable[],
  columns: readonly string[],
  plans: readonly TablePlan[],
  which: (plan: TablePlan) => RowSet,
): Promise<Keys> {
  let keys: Keys = columns.map(() => [])
  for (const plan of plans) {
    if (which(plan).length === 0 || !tables.some((table) => nameKey(table) === nameKey(plan.live))) continue
    keys = joined(keys, await keysAt(side, plan.live, columns, which(plan)), columns.length)
  }
  return keys
}

async function nullReferences(setting: Setting, edge: Edge, holder: EdgeTable, unmet: Keys): Promise<void> {
  const { writer, journal } = setting
  const mine = edge.direction === 'outward' ? young(setting.writtenSince) : 'true'
  const table = await exactTable(writer, holder)
  const key = table.key.map((name) => `t.${table.columns.find((column) => column.name === name)?.quoted}`)
  const found = await rows<{ place: string; key: string[]; was: (string | null)[] }>(
    writer,
    `SELECT t.ctid::text AS place, ARRAY[${key.map((column) => `${column}::text`).join(', ')}]::text[] AS key,
       ARRAY[${edge.nulled.map((column) => `t.${column.from}::text`).join(', ')}]::text[] AS was
     FROM ONLY ${table.quoted} AS t WHERE ${mine} AND EXISTS (SELECT FROM ${keyTable(edge)} WHERE ${pointsAt(edge.columns, 't')}) FOR UPDATE`,
    [...unmet],
  )
  if (found.length === 0) return
  if (edge.direction === 'inward') await silenceOutside(setting, table)
  const references: NulledReference[] = []
  for (const { place, key: values, was } of found) {
    const [after] = await rows<{ hash: string }>(
      writer,
      `UPDATE ONLY ${table.quoted} AS t SET ${edge.nulled.map((column) => `${column.from} = NULL`).join(', ')}
       WHERE t.ctid = '${place}'::tid RETURNING ${rowHash(table.data, 't')}::text AS hash`,
    )
    if (after === undefined) throw refuse('verification_failed', { table: quoted(table), step: 'null references' })
    references.push({
      edge: edge.edge,
      table: { schema: table.schema, name: table.name },
      key: table.key.length === 0 ? null : Object.fromEntries(table.key.map((name, index) => [name, values[index] ?? ''])),
      hash: after.hash,
      was: Object.fromEntries(edge.nulled.map((column, index) => [column.name, was[index] ?? null])),
    })
  }
  journal.addReferences(references)
}

async function silenceOutside(setting: Setting, table: Table): Promise<void> {
  if (table.loudRules.length > 0) throw refuse('rule_always', { table: quoted(table), rules: table.loudRules })
  if (setting.silenced.some((one) => one.oid === table.oid)) return
  await silence(setting.writer, [table])
  setting.silenced.push(table)
}

/**
 * For an undo: gives references back that the undone restore nulled outside the scope, where they are still null, the row is still there, and
 * what they pointed at is there again. Gives how many.
 */
export async function giveBack(writer: Side, edges: readonly Edge[], references: readonly NulledReference[]): Promise<number> {
  let given = 0
  for (const reference of references) {
    const edge = edges.find((one) => one.edge === reference.edge && one.direction === 'inward')
    if (edge === undefined || !edge.fromTables.some((table) => nameKey(table) === nameKey(reference.table))) continue
    const table = await exactTable(writer, reference.table)
    const value = (name: string, type: string) => `${literal(reference.was[name] ?? null)}::${type}`
    const columns = edge.columns.filter((column) => column.name in reference.was)
    const points = edge.columns.map(
      (column) =>
        `p.${column.to} ${column.crossEquals} ${column.name in reference.was ? value(column.name, column.fromType) : `t.${column.from}`}`,
    )
    const [done] = await rows(
      writer,
      `UPDATE ONLY ${table.quoted} AS t SET ${columns.map((column) => `${column.from} = ${value(column.name, column.fromType)}`).join(', ')}
       WHERE t.ctid = (SELECT t.ctid FROM ONLY ${table.quoted} AS t WHERE ${sameRow(table, reference)}
           AND ${columns.map((column) => `t.${column.from} IS NULL`).join(' AND ')}
           AND EXISTS (SELECT FROM ${quoted(edge.to)} AS p WHERE ${points.join(' AND ')}) LIMIT 1) RETURNING 1`,
    )
    if (done !== undefined) given++
  }
  return given
}

function sameRow(table: Table, reference: NulledReference): string {
  if (reference.key === null) return `${rowHash(table.data, 't')} = ${BigInt(reference.hash)}`
  return Object.entries(reference.key)
    .map(([name, text]) => {
      const column = table.columns.find((one) => one.name === name)
      if (column === undefined) throw new Error(`The journal names a column that is gone: ${name}`)
      // The portal's own types may lack an equality that is in reach; their text has one.
      return column.typeOid < 16384
        ? `t.${column.quoted} = ${literal(text)}::${column.type}`
        : `t.${column.quoted}::text = ${literal(text)}`
    })
    .join(' AND ')
}

function literal(text: string | null): string {
  return text === null ? 'NULL' : quoteText(text)
}

async function exactTable(side: Side, name: { schema: string; name: string }): Promise<Table> {
  const { tables } = await readCatalogue(side, { kind: 'tables', patterns: [{ schema: name.schema, table: name.name }] })
  const table = tables.find((one) => nameKey(one) === nameKey(name))
  if (table === undefined) throw new Error(`There is no table ${quoted(name)}`)
  return table
}
