import type { Command } from 'commander'
import { planPort } from '#lib/billing/plan-port.ts'
import { env } from '#lib/runtime/env.ts'
import { breakGlass } from '#lib/tickets/break-glass.ts'
import { operatorName, refused, subcommand } from '../command.ts'
import { findPortal, uuidOption } from '../find-portal.ts'
import { finishRun, needWorker } from './waiting.ts'

type Options = { json?: true; portal: string; snapshot: string; scope: string; breakGlass: string; inline?: true }

export function declareRestore(parent: Command): void {
  subcommand<Options>(
    parent,
    'restore',
    (command) =>
      command
        .description(
          'takes a portal back to a snapshot without consent or approval; the owner is told at once, and the desk has to review it',
        )
        .requiredOption('--portal <id>', 'id or external id of the portal')
        .requiredOption('--snapshot <id>', 'the snapshot to go back to')
        .requiredOption('--scope <scope>', 'crm or full')
        .requiredOption('--break-glass <reason>', 'why this cannot wait for the owner and an approver')
        .option('--inline', 'do it in this process, without a worker'),
    async (desk, options) => {
      const portalId = await findPortal(desk, options.portal)
      const snapshotId = uuidOption('--snapshot', options.snapshot)
      if (!options.inline) await needWorker(desk.db)
      const wanted = {
        kind: 'restore',
        portalId,
        snapshotId,
        scope: options.scope,
        operator: operatorName(),
        reason: options.breakGlass,
      } as const
      const begun = await breakGlass(desk.db, wanted, { billing: planPort(desk.db, env()), signal: desk.signal })
      if (!begun.ok) return refused(begun.refusal, { runId: null, outcome: 'refused', offlineMs: 0, reason: null })
      return finishRun(desk, begun.runId, options.inline === true)
    },
  )
}
