import type { Command } from 'commander'
import { scoped } from '#db/scope.ts'
import { listSnapshots } from '#lib/snapshots/list-snapshots.ts'
import { currentPolicy } from '#lib/tickets/current-policy.ts'
import { exitCodes, subcommand } from '../command.ts'
import { findPortal } from '../find-portal.ts'

export function declareList(parent: Command): void {
  subcommand<{ json?: true; portal: string }>(
    parent,
    'list',
    (command) =>
      command
        .description('restore points of a portal, newest first')
        .requiredOption('--portal <id>', 'id or external id of the portal'),
    async (desk, options) => {
      const portalId = await findPortal(desk, options.portal)
      const { retentionDays } = await scoped(desk.db, 'system', currentPolicy)
      const listed = await listSnapshots(desk.db, desk.operator, { portalId, retentionDays })
      const document = (listed?.inEveryPlace ?? []).map(({ id, ...snapshot }) => ({ snapshotId: id, ...snapshot }))
      const lines = document.map(
        ({ snapshotId, label, state, completedAt, ofMoment, rowCount, keptUntil, inSecondPlace, detail }) =>
          [
            snapshotId,
            label.padEnd(7),
            state.padEnd(9),
            completedAt?.toISOString() ?? '',
            `${rowCount ?? 0} rows`,
            keptUntil ? `kept until ${keptUntil.toISOString()}` : '',
            ofMoment ? 'of a moment' : '',
            inSecondPlace ? 'in the second place' : '',
            detail ?? '',
          ].join('  '),
      )
      return { code: exitCodes.done, document, words: lines.join('\n') || 'There is no restore point yet.' }
    },
  )
}
