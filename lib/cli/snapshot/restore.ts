import type { Command } from 'commander'
import { planPort } from '#lib/billing/plan-port.ts'
import { env } from '#lib/runtime/env.ts'
import { namedRecords } from '#lib/snapshots/named-records.ts'
import { breakGlass } from '#lib/tickets/break-glass.ts'
import { operatorName, refused, subcommand, WrongUse } from '../command.ts'
import { findPortal, uuidOption } from '../find-portal.ts'
import { recordOption } from './record-option.ts'
import { finishRun, needWorker } from './waiting.ts'

const noRun = { runId: null, outcome: 'refused', offlineMs: 0, reason: null }

type Options = {
  json?: true
  portal: string
  snapshot: string
  scope: string
  breakGlass: string
  inline?: true
  record: string[]
}

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
        .requiredOption('--scope <scope>', 'crm, full or put_back')
        .option(
          '--record <record>',
          'for put_back, once for each record: crm.deals:id=42, or JSON as snapshot search --json tells it; with it comes what points at it and what it needs',
          (typed: string, all: string[]) => [...all, typed],
          [],
        )
        .requiredOption('--break-glass <reason>', 'why this cannot wait for the owner and an approver')
        .option('--inline', 'do it in this process, without a worker'),
    async (desk, options) => {
      const portalId = await findPortal(desk, options.portal)
      const snapshotId = uuidOption('--snapshot', options.snapshot)
      if (options.record.length > 0 && options.scope !== 'put_back') throw new WrongUse('--record belongs to --scope put_back')
      const named = await namedRecords(desk.db, portalId, options.record.map(recordOption))
      if (!named.ok) return refused(named.refusal, noRun)
      if (!options.inline) await needWorker(desk.db)
      const wanted = {
        kind: 'restore',
        portalId,
        snapshotId,
        scope: options.scope,
        records: named.records,
        operator: operatorName(),
        reason: options.breakGlass,
      } as const
      const begun = await breakGlass(desk.db, wanted, { billing: planPort(desk.db, env()), signal: desk.signal })
      if (!begun.ok) return refused(begun.refusal, noRun)
      return finishRun(desk, begun.runId, options.inline === true)
    },
  )
}
