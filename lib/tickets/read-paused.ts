import { eq } from 'drizzle-orm'
import type { Tx } from '#db/client.ts'
import { type PausedSummary, pausedOutbound } from '#db/schema/index.ts'
import type { TicketContext } from '#lib/domain/machine-context.ts'

/** What came back paused under one name, and by what it was where that can be told. */
export type PausedRead = Pick<PausedSummary, 'name' | 'rows' | 'was'>

/** S69: what the ticket's last restore (or its undo) brought back paused, by what people call the tables; how many, never which (S84). */
export async function readPaused(tx: Tx, { paused }: TicketContext): Promise<PausedRead[]> {
  if (paused === null) return []
  const [row] = await tx
    .select({ tables: pausedOutbound.tables })
    .from(pausedOutbound)
    .where(eq(pausedOutbound.runId, paused.runId))
  return [...Map.groupBy(row?.tables ?? [], ({ name }) => name.en).values()].flatMap((same) => {
    const [first] = same
    return first === undefined ? [] : [{ name: first.name, rows: sum(same), was: togetherWas(same) }]
  })
}

/** Partitions of one table. */
function togetherWas(tables: PausedSummary[]): PausedSummary['was'] {
  if (tables.some(({ was }) => was === null)) return null
  const byValue = Map.groupBy(
    tables.flatMap(({ was }) => was ?? []),
    ({ value }) => value,
  )
  return [...byValue].map(([value, all]) => ({ value, rows: sum(all) })).sort((a, b) => b.rows - a.rows)
}

const sum = (all: { rows: number }[]) => all.reduce((total, { rows }) => total + rows, 0)
