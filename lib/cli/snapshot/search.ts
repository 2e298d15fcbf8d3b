import type { Command } from 'commander'
import { scoped } from '#db/scope.ts'
import { refuse } from '#lib/domain/refusal.ts'
import { portalAtHand } from '#lib/snapshots/portal-at-hand.ts'
import { searchedPoints, searchPortal } from '#lib/snapshots/search-records.ts'
import type { SearchedRecord, SearchReport } from '#lib/snapshots/search-report.ts'
import { exitCodes, refused, subcommand } from '../command.ts'
import { findPortal } from '../find-portal.ts'

type Options = { json?: true; portal: string; words: string }

export function declareSearch(parent: Command): void {
  subcommand<Options>(
    parent,
    'search',
    (command) =>
      command
        .description('records by words, and which restore points still have them; changes nothing')
        .requiredOption('--portal <id>', 'id or external id of the portal')
        .requiredOption('--words <words>', 'each must occur in a record'),
    async (desk, { portal, words }) => {
      const portalId = await findPortal(desk, portal)
      const { hand, points } = await scoped(desk.db, 'system', async (tx) => {
        const hand = await portalAtHand(tx, portalId)
        return { hand, points: hand === null ? [] : await searchedPoints(tx, hand) }
      })
      if (!hand) return refused(refuse('not_found'))
      const report = await searchPortal({ words, scope: 'full', hand, points }, desk.signal)
      return { code: exitCodes.done, document: report, words: wordsOf(report) }
    },
  )
}

function wordsOf({ records, points, truncated, leftOut, unread }: SearchReport): string {
  const lines = records.map((record) => lineOf(record, points))
  const left = leftOut.map(({ name, why }) => `Not looked through everywhere: ${name.en} (${why})`)
  return [
    ...(lines.length === 0 ? ['Nothing with these words'] : lines),
    ...(truncated ? ['There are more.'] : []),
    ...left,
    ...unread.map(
      ({ id, because }) => `Restore point ${points.find((point) => point.id === id)?.at ?? id} could not be searched: ${because}`,
    ),
  ].join('\n')
}

/** The oldest point first, as on the page. */
function lineOf(
  { schema, table, title, key, live, inBin, presentIn, unknownIn }: SearchedRecord,
  points: SearchReport['points'],
): string {
  const mark = (id: string) => (presentIn.includes(id) ? '+' : unknownIn.includes(id) ? '?' : '-')
  const marks = points.toReversed().map(({ id }) => mark(id))
  const now = live === null ? 'unknown' : !live ? 'gone' : inBin === null ? 'live' : 'binned'
  return `${marks.join('')} ${now} ${schema}.${table} ${Object.values(key).join(' ')} ${title ?? ''}`.trim()
}
