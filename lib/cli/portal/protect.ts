import type { Command } from 'commander'
import { countsOf, protectPortal, protectPortalInput, readProtection } from '#lib/portals/protect-portal.ts'
import { exitCodes, refused, subcommand } from '../command.ts'
import { findPortal } from '../find-portal.ts'
import { readJson, wrongFile } from '../read-json.ts'

type Options = { json?: true; portal: string; file?: string }

export function declareProtect(parent: Command): void {
  subcommand<Options>(
    parent,
    'protect',
    (command) =>
      command
        .description(
          'says which tables and columns a restore leaves as they are today: roles, passwords, opt-outs, the audit log; without a file, tells what is protected now',
        )
        .requiredOption('--portal <id>', 'the portal, by id or external id')
        .option(
          '--file <path>',
          'JSON: {"tables":[{"schema","table","kind"}],"columns":[{"schema","table","kind","columns":{"role":"as_then","password":{"set":null}}}]}; kinds are identities, ownership, plan, opt_outs, audit_log, outbound; a column’s word is what a record that comes back holds: its value of then, or the one that is set',
        ),
    async (desk, { portal, file }) => {
      const portalId = await findPortal(desk, portal)
      if (file === undefined) {
        const kept = (await readProtection(desk.db, desk.operator, portalId)) ?? { tables: [], columns: [] }
        const words = `${told(portal, countsOf(kept))}\n${JSON.stringify(kept, null, 2)}`
        return { code: exitCodes.done, document: kept, words }
      }
      const parsed = protectPortalInput.safeParse({ portalId, protectedData: await readJson(file) })
      if (!parsed.success) throw wrongFile(parsed.error)
      const done = await protectPortal(desk.db, desk.operator, parsed.data)
      if (!done.ok) return refused(done.refusal)
      const { tables, columns } = done
      return { code: exitCodes.done, document: { tables, columns }, words: told(portal, { tables, columns }) }
    },
  )
}

function told(portal: string, { tables, columns }: { tables: number; columns: number }): string {
  if (tables + columns === 0) return `Portal ${portal}: nothing is protected, a restore takes everything back`
  const many = (count: number, one: string) => (count === 1 ? `1 ${one}` : `${count} ${one}s`)
  const what = [...(tables > 0 ? [many(tables, 'table')] : []), ...(columns > 0 ? [many(columns, 'column')] : [])]
  return `Portal ${portal}: ${what.join(' and ')} ${tables + columns === 1 ? 'stays' : 'stay'} as of today in every restore`
}
