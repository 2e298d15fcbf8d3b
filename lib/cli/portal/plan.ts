import type { Command } from 'commander'
import { setPlanByHand, setPlanInput } from '#lib/billing/set-plan-by-hand.ts'
import { exitCodes, refused, subcommand, WrongUse } from '../command.ts'
import { findPortal } from '../find-portal.ts'

type Options = { json?: true; portal: string; plan: string; unpaid?: true }

export function declarePlan(parent: Command): void {
  subcommand<Options>(
    parent,
    'plan',
    (command) =>
      command
        .description('records what a portal has bought, where no billing system tells; tickets that wait for it go on')
        .requiredOption('--portal <id>', 'the portal, by id or external id')
        .requiredOption('--plan <plan>', 'the plan')
        .option('--unpaid', 'the plan is not paid'),
    async (desk, { portal, plan, unpaid }) => {
      const parsed = setPlanInput.safeParse({ portalId: await findPortal(desk, portal), plan, paid: unpaid !== true })
      if (!parsed.success) throw new WrongUse(parsed.error.issues.map(({ message }) => `--plan: ${message}`).join('\n'))
      const set = await setPlanByHand(desk.db, desk.operator, parsed.data)
      if (!set.ok) return refused(set.refusal)
      const words = `Portal ${portal} is on ${parsed.data.plan}, ${parsed.data.paid ? 'paid' : 'not paid'}; tickets looked at again: ${set.recorded.ticketsMoved}`
      return { code: exitCodes.done, document: set.recorded, words }
    },
  )
}
