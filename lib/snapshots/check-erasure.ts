import { readCatalogue, type Table } from '#lib/difference/catalogue.ts'
import { nameKey, quoteName, quoteText, shown, type TableName } from '#lib/difference/names.ts'
import { closeSide, one, openSide, rows, type Side, sqlState } from '#lib/difference/side.ts'
import type { PortalRef } from './port.ts'

export type RecordKey = Readonly<Record<string, string>>

/** The record's key as its columns spell it ('042' of a number is '42'), or why nobody could be known by it, in English words. */
export type Erasable = { readonly key: RecordKey } | { readonly field: 'table' | 'key'; readonly problem: string }

/** Reads the portal's catalogue, and none of its rows. */
export async function readErasable(portal: PortalRef, table: TableName, key: RecordKey): Promise<Erasable> {
  return withLive(portal, async (live) => {
    const found = (await readCatalogue(live, { kind: 'schemas', schemas: [table.schema] })).tables.find(
      (candidate) => nameKey(candidate) === nameKey(table),
    )
    if (found === undefined) return { field: 'table', problem: `there is no table ${shown(table)}` }
    const parent = await readParent(live, found)
    if (parent !== null) return { field: 'table', problem: `${shown(table)} is a part of ${parent}: name that one` }
    if (found.key.length === 0) return { field: 'table', problem: `${shown(table)} has no key by which a record could be known` }
    if (Object.keys(key).sort().join('\0') !== [...found.key].sort().join('\0'))
      return {
        field: 'key',
        problem: `the key of ${shown(table)} is ${found.key.join(' and ')}, each of them once and nothing else`,
      }
    const spelt: Record<string, string> = {}
    for (const name of found.key) {
      const told = await spell(live, found, name, key[name] ?? '')
      if ('problem' in told) return { field: 'key', problem: `${name}: ${told.problem}` }
      spelt[name] = told.text
    }
    return { key: spelt }
  })
}

/** Whether the portal still holds the record, in whatever state. */
export async function standsInLive(portal: PortalRef, table: TableName, key: RecordKey): Promise<boolean> {
  return withLive(portal, async (live) => {
    const same = Object.entries(key).map(([name, text]) => `${quoteName(name)}::text = ${quoteText(text)}`)
    const { stands } = await one<{ stands: boolean }>(
      live,
      `SELECT EXISTS (SELECT FROM ${quoteName(table.schema)}.${quoteName(table.name)} WHERE ${same.join(' AND ')}) AS stands`,
    )
    return stands
  })
}

async function readParent(live: Side, { oid }: Table): Promise<string | null> {
  const [parent] = await rows<{ name: string }>(
    live,
    `SELECT n.nspname || '.' || p.relname AS name FROM pg_class c JOIN pg_class p ON p.oid = pg_partition_root(c.oid) JOIN pg_namespace n ON n.oid = p.relnamespace
     WHERE c.oid = ${oid} AND c.relispartition`,
  )
  return parent?.name ?? null
}

async function spell(live: Side, table: Table, name: string, text: string): Promise<{ text: string } | { problem: string }> {
  // With its length a cast would cut the text off, and name somebody else.
  const type = (table.columns.find((column) => column.name === name)?.type ?? 'text')
    .replace(/^character varying\(\d+\)$/, 'text')
    .replace(/^character\(\d+\)$/, 'bpchar')
  try {
    return await one<{ text: string }>(live, `SELECT (${quoteText(text)}::${type})::text AS text`)
  } catch (error) {
    if (!(error instanceof Error) || !/^2[23]/.test(sqlState(error) ?? '')) throw error
    return { problem: error.message }
  }
}

async function withLive<T>(portal: PortalRef, use: (live: Side) => Promise<T>): Promise<T> {
  const url = new URL(portal.adminUrl)
  url.pathname = `/${encodeURIComponent(portal.databaseName)}`
  const live = await openSide({ connectionString: url.href, applicationName: 'restore-desk' })
  try {
    return await use(live)
  } finally {
    await closeSide(live)
  }
}
