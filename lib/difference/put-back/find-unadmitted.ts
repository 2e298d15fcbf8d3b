import type { Table } from '../catalogue.ts'
import { shown } from '../names.ts'
import { refuse } from '../refusal.ts'
import { isRowRefusal } from '../row-refusal.ts'
import { placeText } from '../row-set.ts'
import { rows, type Side, sqlState } from '../side.ts'
import type { PlacedConflict } from './find-taken.ts'
import { nameRows } from './name-rows.ts'
import { onPortalPath } from './portal-path.ts'

const rowsAtOnce = 1_000

/**
 * Which of the snapshot's rows a CHECK of live does not admit: one that was NOT VALID beside them, or that reads what has changed since (S99). Asked of
 * live, with the rows as text. Where rows of other tables come back too (`alone` is false), what they make right is not in conflict: a row that the snapshot
 * admits is then left to the server, which tells when it is written.
 */
export async function findUnadmitted(
  live: Side,
  snapshot: Side,
  table: Table,
  places: readonly number[],
  alone: boolean,
): Promise<PlacedConflict[]> {
  const enforced = live.versionNum >= 180000 ? 'AND k.conenforced' : ''
  const checks = await rows<{ name: string; expression: string }>(
    live,
    `SELECT k.conname AS name, pg_get_expr(k.conbin, k.conrelid) AS expression FROM pg_constraint k
     WHERE k.conrelid = $1::oid AND k.contype = 'c' ${enforced} ORDER BY k.conname`,
    [table.oid],
  )
  const conflicts: PlacedConflict[] = []
  for (let at = 0; checks.length > 0 && at < places.length; at += rowsAtOnce) {
    const some = places.slice(at, at + rowsAtOnce)
    const texts = await rowTexts(snapshot, table, some)
    for (const { name, expression } of checks) {
      const before = new Set(alone ? [] : await failing(snapshot, live, table, expression, texts))
      const now = await failing(live, live, table, expression, texts)
      const refused = alone ? now : now.filter((place) => before.has(place))
      const names = await nameRows(snapshot, table, refused)
      for (const place of refused)
        conflicts.push({
          place,
          conflict: {
            kind: 'not_admitted',
            table: { schema: table.schema, name: table.name },
            constraint: name,
            row: names.get(place) ?? {},
            inTheWay: null,
          },
        })
    }
  }
  return conflicts
}

type RowText = { place: number; text: string }

async function rowTexts(snapshot: Side, table: Table, places: readonly number[]): Promise<RowText[]> {
  const found = await rows<{ at: string; text: string }>(
    snapshot,
    `SELECT o.at::text AS at, ROW(${table.columns.map((column) => `t.${column.quoted}`).join(', ')})::text AS text
     FROM unnest($1::tid[]) WITH ORDINALITY AS o(place, at) JOIN ONLY ${table.quoted} AS t ON t.ctid = o.place ORDER BY o.at`,
    [places.map(placeText)],
  )
  return found.map(({ at, text }) => ({ place: places[Number(at) - 1] ?? 0, text }))
}

async function failing(side: Side, live: Side, table: Table, expression: string, texts: readonly RowText[]): Promise<number[]> {
  try {
    const found = await onPortalPath(side, live, () =>
      rows<{ at: string }>(
        side,
        `SELECT o.at::text AS at FROM unnest($1::text[]) WITH ORDINALITY AS o(text, at)
         CROSS JOIN LATERAL (SELECT (${expression}) AS admitted FROM (SELECT (o.text::${table.quoted}).*) AS t) AS c
         WHERE c.admitted IS FALSE ORDER BY o.at`,
        [texts.map(({ text }) => text)],
      ),
    )
    return found.flatMap(({ at }) => texts[Number(at) - 1]?.place ?? [])
  } catch (error) {
    if (!isRowRefusal(error)) throw error
    const message = error instanceof Error ? error.message : null
    throw refuse(
      'row_refused',
      { tables: [shown(table)], constraint: null, sqlState: sqlState(error) ?? null, message },
      { cause: error },
    )
  }
}
