import type { Command } from 'commander'
import { listPortals } from '#lib/portals/list-portals.ts'
import { exitCodes, subcommand } from '../command.ts'

export function declareList(parent: Command): void {
  subcommand(
    parent,
    'list',
    (command) => command.description('every portal, with the address of its database (which holds a password)'),
    async ({ db, operator }) => {
      const portals = await listPortals(db, operator)
      const lines = portals.map(({ externalId, plan, edition, status, name, databaseUrl }) =>
        [externalId.padEnd(16), plan.padEnd(10), edition.padEnd(12), status.padEnd(10), name, databaseUrl ?? ''].join(' '),
      )
      return { code: exitCodes.done, document: portals, words: lines.join('\n') || 'There is no portal yet.' }
    },
  )
}
