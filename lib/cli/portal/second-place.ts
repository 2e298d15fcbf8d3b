import type { Command } from 'commander'
import { setSecondPlace, setSecondPlaceInput } from '#lib/portals/set-second-place.ts'
import { exitCodes, refused, subcommand, WrongUse } from '../command.ts'
import { findPortal } from '../find-portal.ts'

type Options = { json?: true; portal: string; adapter: string }

export function declareSecondPlace(parent: Command): void {
  subcommand<Options>(
    parent,
    'second-place',
    (command) =>
      command
        .description('keeps each day’s restore point a second time, where the loss of the portal’s server does not reach it')
        .requiredOption('--portal <id>', 'the portal, by id or external id')
        .requiredOption('--adapter <adapter>', 'who keeps it: restic, with RESTIC_REPOSITORY set; none to stop'),
    async (desk, { portal, adapter }) => {
      const parsed = setSecondPlaceInput.safeParse({
        portalId: await findPortal(desk, portal),
        adapter: adapter === 'none' ? null : adapter,
      })
      if (!parsed.success) throw new WrongUse(`--adapter is restic or none, not ${adapter}`)
      const set = await setSecondPlace(desk.db, desk.operator, parsed.data)
      if (!set.ok) return refused(set.refusal)
      const { place, notes } = set
      const words =
        place === null
          ? `Portal ${portal}: no second place; what is there is pruned when its time is over`
          : `Portal ${portal}: each day's restore point is kept a second time, at ${place.name ?? 'the repository'}${place.stands === 'unknown' ? ', of which is not known whether it goes down with the portal’s server' : ''}`
      return { code: exitCodes.done, document: { adapter: set.adapter, place, notes }, words: [words, ...notes].join('\n') }
    },
  )
}
