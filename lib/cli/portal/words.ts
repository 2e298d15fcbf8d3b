import type { Command } from 'commander'
import { nameTables, nameTablesInput, readTableWords } from '#lib/portals/name-tables.ts'
import { exitCodes, refused, subcommand } from '../command.ts'
import { findPortal } from '../find-portal.ts'
import { readJson, wrongFile } from '../read-json.ts'

type Options = { json?: true; portal: string; file?: string }

export function declareWords(parent: Command): void {
  subcommand<Options>(
    parent,
    'words',
    (command) =>
      command
        .description(
          'says what people call the tables, and which columns tell who entered a record, when, what it is, its worth and its stage; without a file, tells it',
        )
        .requiredOption('--portal <id>', 'the portal, by id or external id')
        .option(
          '--file <path>',
          'JSON: [{"schema","table","name":{"en","pl"},"whoColumn","whenColumn","titleColumn","moneyColumn","currencyColumn","binColumn","stages":{"column":"stage","names":{"won":{"en":"Won deals","pl":"Wygrane deale"}}},"columnNames":{"title":{"en","pl"}}}]; all but schema and table may be left out, what nobody says is guessed from names',
        ),
    async (desk, { portal, file }) => {
      const portalId = await findPortal(desk, portal)
      if (file === undefined) {
        const words = (await readTableWords(desk.db, desk.operator, portalId)) ?? []
        return {
          code: exitCodes.done,
          document: words,
          words: `${told(portal, words.length)}\n${JSON.stringify(words, null, 2)}`,
        }
      }
      const parsed = nameTablesInput.safeParse({ portalId, tableWords: await readJson(file) })
      if (!parsed.success) throw wrongFile(parsed.error)
      const done = await nameTables(desk.db, desk.operator, parsed.data)
      if (!done.ok) return refused(done.refusal)
      return { code: exitCodes.done, document: { tables: done.tables }, words: told(portal, done.tables) }
    },
  )
}

const told = (portal: string, tables: number): string =>
  `Portal ${portal}: ${tables === 1 ? '1 table is' : `${tables} tables are`} described; the rest goes by its own names`
