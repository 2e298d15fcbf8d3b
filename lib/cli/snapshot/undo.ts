import type { Command } from 'commander'
import { planPort } from '#lib/billing/plan-port.ts'
import { env } from '#lib/runtime/env.ts'
import { breakGlass, readUndoable } from '#lib/tickets/break-glass.ts'
import { operatorName, refused, subcommand, WrongUse } from '../command.ts'
import { uuidOption } from '../find-portal.ts'
import { finishRun, needWorker } from './waiting.ts'

type Options = { json?: true; run: string; breakGlass: string; inline?: true }

export function declareUndo(parent: Command): void {
  subcommand<Options>(
    parent,
    'undo',
    (command) =>
      command
        .description('undoes a restore: the portal as its safety copy kept it')
        .requiredOption('--run <id>', 'the run to undo')
        .requiredOption('--break-glass <reason>', 'why this cannot wait for the owner')
        .option('--inline', 'do it in this process, without a worker'),
    async (desk, options) => {
      const undoesRunId = uuidOption('--run', options.run)
      const undoable = await readUndoable(desk.db, undoesRunId)
      if (undoable === null) throw new WrongUse(`Run ${undoesRunId} is no restore that succeeded: there is nothing to undo.`)
      if (!options.inline) await needWorker(desk.db)
      const wanted = { kind: 'undo', ...undoable, undoesRunId, operator: operatorName(), reason: options.breakGlass } as const
      const begun = await breakGlass(desk.db, wanted, { billing: planPort(desk.db, env()), signal: desk.signal })
      if (!begun.ok) return refused(begun.refusal, { runId: null, outcome: 'refused', offlineMs: 0, reason: null })
      return finishRun(desk, begun.runId, options.inline === true)
    },
  )
}
