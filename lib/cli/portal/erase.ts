import type { Command } from 'commander'
import { type ErasedRecord, eraseRecord, eraseRecordInput, listErasures } from '#lib/portals/erase-record.ts'
import { exitCodes, refused, subcommand, WrongUse } from '../command.ts'
import { findPortal } from '../find-portal.ts'

type Options = { json?: true; portal: string; table?: string; key: string[]; reason?: string; list?: true }

export function declareErase(parent: Command): void {
  subcommand<Options>(
    parent,
    'erase',
    (command) =>
      command
        .description(
          'records that a record of the portal was erased because its person asked for it, so that no restore brings it back; deletes nothing itself',
        )
        .requiredOption('--portal <id>', 'the portal, by id or external id')
        .option('--table <schema.table>', 'the table that holds, or held, the record')
        .option(
          '--key <column=value>',
          'its key; once for each column of it',
          (pair: string, all: string[]) => [...all, pair],
          [],
        )
        .option('--reason <words>', 'why, or your own reference for it')
        .option('--list', 'lists what is recorded instead'),
    async (desk, { portal, table, key, reason, list }) => {
      const portalId = await findPortal(desk, portal)
      if (list) {
        const erased = await listErasures(desk.db, desk.operator, portalId)
        const words = erased.length === 0 ? `Portal ${portal}: no record is on the list` : erased.map(told).join('\n')
        return { code: exitCodes.done, document: { erased }, words }
      }
      const dot = table?.indexOf('.') ?? -1
      if (table === undefined || dot < 1) throw new WrongUse('--table wants schema.table, for example crm.contacts')
      const asked = { portalId, table: { schema: table.slice(0, dot), name: table.slice(dot + 1) }, key: parseKey(key), reason }
      const parsed = eraseRecordInput.safeParse(asked)
      if (!parsed.success) throw new WrongUse('--reason wants some words, at most 500 letters')
      const done = await eraseRecord(desk.db, desk.operator, parsed.data)
      if (!done.ok) return refused(done.refusal)
      const { record } = done
      const what = record.known ? 'was on the list already' : 'is on the list: no restore brings it back'
      const still = record.present ? '\nThe portal still holds it; every restore leaves it as it is now.' : ''
      return { code: exitCodes.done, document: record, words: `${named(record)} ${what}${still}` }
    },
  )
}

function parseKey(pairs: readonly string[]): Record<string, string> {
  const split = pairs.map((pair): [string, string] => {
    const at = pair.indexOf('=')
    if (at < 1) throw new WrongUse(`--key wants column=value, not ${pair}`)
    return [pair.slice(0, at), pair.slice(at + 1)]
  })
  if (split.length === 0) throw new WrongUse('--key is missing: for example --key id=42')
  return Object.fromEntries(split)
}

function named({ schema, table, key }: Pick<ErasedRecord, 'schema' | 'table' | 'key'>): string {
  const by = Object.entries(key).map(([column, value]) => `${column}=${value}`)
  return `${schema}.${table} ${by.join(' ')}`
}

function told(record: ErasedRecord): string {
  return `${record.recordedAt.toISOString()}  ${named(record)}  ${record.recordedBy}: ${record.reason}`
}
