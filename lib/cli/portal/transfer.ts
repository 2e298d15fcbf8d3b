import type { Command } from 'commander'
import { transferOwnership, transferOwnershipInput } from '#lib/portals/transfer-ownership.ts'
import { exitCodes, refused, subcommand, WrongUse } from '../command.ts'
import { findPortal } from '../find-portal.ts'

type Options = { json?: true; portal: string; to: string; evidence: string }

export function declareTransfer(parent: Command): void {
  subcommand<Options>(
    parent,
    'transfer',
    (command) =>
      command
        .description('hands a portal to another owner; consent given before is void and the new owner is asked')
        .requiredOption('--portal <id>', 'the portal, by id or external id')
        .requiredOption('--to <mail>', 'address of the new owner')
        .requiredOption('--evidence <text>', 'what shows that the portal is theirs; kept with its history'),
    async (desk, { portal, to, evidence }) => {
      const parsed = transferOwnershipInput.safeParse({ portalId: await findPortal(desk, portal), newOwner: to, evidence })
      if (!parsed.success) throw new WrongUse(parsed.error.issues.map(({ message }) => message).join('\n'))
      const handed = await transferOwnership(desk.db, desk.operator, parsed.data)
      if (!handed.ok) return refused(handed.refusal)
      return {
        code: exitCodes.done,
        document: { since: handed.since },
        words: `Portal ${portal} belongs to ${parsed.data.newOwner} since ${handed.since}`,
      }
    },
  )
}
