import { createHash } from 'node:crypto'
import { readCatalogue } from '#lib/difference/catalogue.ts'
import { atOneMoment, one, run, type Side } from '#lib/difference/side.ts'
import type { PortalRef, RestoreRequest, SnapshotRef } from '../../port.ts'
import { type MeasuredTable, readTables, sumTable } from '../postgres/manifest.ts'
import { scopeOf } from '../postgres/sides.ts'
import { RemoteProblem } from './problem.ts'
import { readSeal, type SealedTable } from './seal.ts'

export type ProvableScope = 'crm' | 'full'

/**
 * What the scope's tables must hold once the snapshot is restored, by the seal that was kept at its capture. Throws `remote_unprovable` for a snapshot
 * without one.
 */
export async function expectedOf(
  live: Side,
  portal: PortalRef,
  snapshot: SnapshotRef,
  scope: ProvableScope,
): Promise<SealedTable[]> {
  const seal = readSeal(snapshot)
  if (seal === null) throw unprovable('of this restore point no sums were kept when it was made')
  const there = await namesInScope(live, portal, scope)
  return seal.filter((table) => there.has(nameOf(table)) || belongs(portal, scope, table))
}

/** Refuses what reading the portal could not tell: protected columns (rows keep a value that is not the snapshot's), erased records, and records that come back alone. */
export function provableScope({ protection }: PortalRef, scope: RestoreRequest['scope']): ProvableScope {
  if (scope === 'put_back') throw unprovable('records that come back alone are not told apart by sums of whole tables')
  const columns = (protection?.columns ?? []).map(({ table: { schema, name } }) => `${schema}.${name}`)
  if (columns.length > 0) throw unprovable(`protected columns of ${columns.join(', ')}`)
  // A remote is never told who was erased, so it would bring them back, and sums of whole tables would not tell them apart (S66).
  refuseErased({ protection })
  return scope
}

/** Throws for a portal of which a record was erased. */
export function refuseErased({ protection }: Pick<PortalRef, 'protection'>): void {
  const erased = [...new Set((protection?.erased ?? []).map(({ table: { schema, name } }) => `${schema}.${name}`))]
  if (erased.length > 0) throw unprovable(`erased records of ${erased.join(', ')}`)
}

export const unprovable = (because: string) => new RemoteProblem(because, 'remote_unprovable')

/** The instant before a commit, while nobody else can write: `before` keeps seeing it, and whatever is written later is younger than `xid`. */
export type LastInstant = { before: Side; xid: string }

/** Takes that instant; the side's transaction lasts until the side is closed. */
export async function holdInstant(before: Side): Promise<LastInstant> {
  const { xid } = await one<{ xid: string }>(before, 'select pg_current_xact_id()::text as xid')
  await run(before, 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
  await run(before, 'SELECT 1')
  return { before, xid }
}

/**
 * Reads the portal itself and names each table of the scope that does not hold what it must: the desk's own eyes, whatever the remote says. People write on
 * meanwhile: rows of transactions younger than `last` are not counted, and rows that stood at that instant and were changed or deleted since are counted as
 * they were. What the restore itself wrote and somebody changed before it was read cannot be told from what was never restored.
 */
export async function differingTables(
  live: Side,
  portal: PortalRef,
  scope: ProvableScope,
  expected: SealedTable[],
  last: LastInstant | null,
): Promise<string[]> {
  const wanted = new Map(expected.map((table) => [nameOf(table), table]))
  const differing: string[] = []
  for (const found of await readScope(live, portal, scope, last)) {
    const table = wanted.get(nameOf(found))
    wanted.delete(nameOf(found))
    if (!table) differing.push(`${nameOf(found)} was not there`)
    else if (!isSame(found, table) && !(last && isSame(await withRemoved(last, found), table)))
      differing.push(
        `${nameOf(found)} holds ${found.rows === table.rows ? 'other rows than it must' : `${found.rows} rows instead of ${table.rows}`}`,
      )
  }
  return [...differing, ...[...wanted.keys()].map((name) => `${name} is not there`)]
}

const isSame = (a: SealedTable, b: SealedTable) => a.rows === b.rows && a.checksum === b.checksum

/** With the rows that stood at the last instant before the commit, and that somebody has changed or deleted since. */
async function withRemoved({ before, xid }: LastInstant, found: ReadTable): Promise<SealedTable> {
  const removed = await sumTable(before, found.measured, { removedSince: xid })
  const checksum = String(BigInt(found.checksum) + BigInt(removed.checksum))
  return { ...found, rows: found.rows + removed.rows, checksum }
}

/** The same for the same tables with the same rows, in whatever order they come. */
export function fingerprint(tables: readonly SealedTable[]): string {
  const lines = tables.map((table) => JSON.stringify([table.schema, table.table, table.rows, table.checksum]))
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex')
}

type ReadTable = SealedTable & { measured: MeasuredTable }

/** Each table of the scope that can hold rows, as it is at one instant; without what is younger than `last`. */
export async function readScope(
  live: Side,
  portal: PortalRef,
  scope: ProvableScope,
  last: LastInstant | null,
): Promise<ReadTable[]> {
  return atOneMoment([live], async () => {
    const names = await namesInScope(live, portal, scope)
    const found: ReadTable[] = []
    const which = last === null ? 'all' : { writtenBefore: last.xid }
    for (const table of await readTables(live)) {
      if (table.leftOut !== null || !names.has(nameOf(table))) continue
      found.push({ schema: table.schema, table: table.table, ...(await sumTable(live, table, which)), measured: table })
    }
    return found
  })
}

async function namesInScope(live: Side, portal: PortalRef, scope: ProvableScope): Promise<Set<string>> {
  const { tables } = await readCatalogue(live, scopeOf(portal, scope))
  return new Set(tables.map(({ schema, name }) => nameOf({ schema, table: name })))
}

const nameOf = ({ schema, table }: { schema: string; table: string }) => `${schema}.${table}`

/** As the engine's scope has it, by name alone: a table that live has lost is missed too. */
export function belongs(
  { scopePatterns, protection }: PortalRef,
  scope: ProvableScope,
  { schema, table }: { schema: string; table: string },
): boolean {
  if (protection?.tables.some((kept) => kept.schema === schema && kept.name === table)) return false
  if (scope === 'full' || scopePatterns.schemas.includes(schema)) return true
  return scopePatterns.tables.some((pattern) => {
    const given = pattern.includes('.') ? pattern : `*.${pattern}`
    return new RegExp(`^${given.split('*').map(literally).join('.*')}$`).test(`${schema}.${table}`)
  })
}

const literally = (text: string) => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')
