import type { Command } from 'commander'
import { setFilesPath, setFilesPathInput } from '#lib/portals/set-files-path.ts'
import { env } from '#lib/runtime/env.ts'
import { exitCodes, refused, subcommand, WrongUse } from '../command.ts'
import { findPortal } from '../find-portal.ts'

type Options = { json?: true; portal: string; path?: string; none?: true }

export function declareFiles(parent: Command): void {
  subcommand<Options>(
    parent,
    'files',
    (command) =>
      command
        .description(
          'says where the portal keeps its files: they lie with each restore point from then on, and go back with the whole portal',
        )
        .requiredOption('--portal <id>', 'the portal, by id or external id')
        .option('--path <path>', 'the directory, from the root, on the machine of the workers: /srv/northwind/files')
        .option('--none', 'files are left alone again; restore points keep those they have'),
    async (desk, { portal, path, none }) => {
      if ((path === undefined) === (none === undefined)) throw new WrongUse('say either --path or --none')
      const input = setFilesPathInput.parse({ portalId: await findPortal(desk, portal), path: path ?? null })
      const set = await setFilesPath(desk.db, desk.operator, input, env().dataDir)
      if (!set.ok) return refused(set.refusal)
      const words =
        set.path === null
          ? `Portal ${portal}: its files are left alone by every restore`
          : `Portal ${portal}: the files below ${set.path} lie with each restore point from now on, and go back with the whole portal`
      return { code: exitCodes.done, document: { path: set.path, notes: set.notes }, words: [words, ...set.notes].join('\n') }
    },
  )
}
