import type { Command } from 'commander'
import { registerPortal, registerPortalInput } from '#lib/portals/register-portal.ts'
import { exitCodes, refused, subcommand, WrongUse } from '../command.ts'

type Options = {
  json?: true
  name: string
  databaseUrl: string
  owner: string
  ownerName?: string
  crmSchemas?: string
  crmTables?: string
  adapter?: string
  plan?: string
  timeZone?: string
  locale?: string
}

export function declareAdd(parent: Command): void {
  subcommand<Options>(
    parent,
    'add',
    (command) =>
      command

        .description('registers an existing PostgreSQL database as a portal')
        .requiredOption('--name <name>', 'what people call it')
        .requiredOption(
          '--database-url <url>',
          'its database, as a role that may capture and restore: postgres://user:password@host/database',
        )
        .requiredOption('--owner <mail>', 'address of its owner, who alone can consent to a restore')
        .option('--owner-name <name>', 'the owner’s name, for a person the desk does not know yet')
        .option('--crm-schemas <list>', 'schemas that belong to the CRM: crm,sales')
        .option('--crm-tables <list>', "tables that belong to it: 'crm_*,res_partner'")
        .option(
          '--adapter <name>',
          'who keeps its snapshots: postgres, restic (archives in RESTIC_REPOSITORY), or http (your own system at HTTP_ADAPTER_URL)',
        )
        .option('--plan <plan>', 'plan; any but free counts as paid (business)')
        .option('--time-zone <zone>', 'the portal’s time zone: Europe/Warsaw')
        .option('--locale <locale>', 'en or pl'),
    async ({ db, operator }, { json: _, crmSchemas, crmTables, ...options }) => {
      const parsed = registerPortalInput.safeParse({ ...options, crmSchemas: listOf(crmSchemas), crmTables: listOf(crmTables) })
      if (!parsed.success)
        throw new WrongUse(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n'))
      const registered = await registerPortal(db, operator, parsed.data)
      if (!registered.ok) return refused(registered.refusal)
      const { ok: _ok, ...document } = registered
      const notes = document.notes.map((note) => `\n${note}`).join('')
      return {
        code: exitCodes.done,
        document,
        words: `Portal ${document.externalId} (${document.portalId}) on datastore ${document.datastore}${notes}`,
      }
    },
  )
}

function listOf(typed: string | undefined): string[] {
  return typed === undefined
    ? []
    : typed
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '')
}
