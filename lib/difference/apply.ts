import { columnList, copyIn, copyOut, drain, names } from './copy.ts'
import type { Journal } from './journal.ts'
import { quoteText, shown } from './names.ts'
import { pass, type Watching } from './observe.ts'
import { copyPieces, type TablePlan } from './plan.ts'
import { refuse } from './refusal.ts'
import { isRowRefusal, rowRefused } from './row-refusal.ts'
import { placeTexts } from './row-set.ts'
import { run, type Side } from './side.ts'

export type Sources = { readonly snapshot: Side; readonly frozen: Side }

/** Deletes what is to go and keeps it in the journal by the same statement. Throws when fewer rows went than were meant. */
export async function removeRows(writer: Side, plan: TablePlan, journal: Journal | null, watching: Watching): Promise<void> {
  await pass(watching, 'apply:delete', { table: shown(plan.live), rows: plan.remove.length })
  let removed = 0
  for (const texts of placeTexts(plan.remove)) {
    const where = `ctid = ANY ('{${texts.map((text) => `"${text}"`).join(',')}}'::tid[])`
    const returned = plan.live.data.length === 0 ? '1' : names(plan.live.data)
    const source = copyOut(
      writer,
      `COPY (DELETE FROM ONLY ${plan.live.quoted} WHERE ${where} RETURNING ${returned}) TO STDOUT (FORMAT ${plan.format})`,
    )
    const keep = journal === null ? async () => undefined : await journal.openPiece(plan)
    removed += await drain(source, keep)
  }
  if (removed !== plan.remove.length)
    throw refuse('verification_failed', { table: shown(plan.live), step: 'delete', meant: plan.remove.length, done: removed })
}

/**
 * Inserts what is to come back, a savepoint a table. A table whose rows are refused is tried again after the others, until nothing moves:
 * CHECKs may read other tables. Refuses with `row_refused` naming table and constraint (S99).
 */
export async function insertRows(writer: Side, sources: Sources, plans: readonly TablePlan[], watching: Watching): Promise<void> {
  let waiting = plans.filter((plan) => plan.insert.length + plan.revive.length > 0)
  while (waiting.length > 0) {
    const refused: TablePlan[] = []
    let reason: unknown
    for (const plan of waiting) {
      await pass(watching, 'apply:insert', { table: shown(plan.live), rows: plan.insert.length + plan.revive.length })
      const error = await tryInsert(writer, sources, plan)
      if (error === null) continue
      reason = error
      refused.push(plan)
    }
    if (refused.length === waiting.length)
      throw rowRefused(
        refused.map(({ live }) => live),
        reason,
      )
    waiting = refused
  }
}

async function tryInsert(writer: Side, sources: Sources, plan: TablePlan): Promise<unknown> {
  await run(writer, 'SAVEPOINT one_table')
  try {
    // Generated columns, CHECKs and expression indexes are the portal's own code, and may count on its search path.
    await run(writer, `SELECT set_config('search_path', ${quoteText(writer.searchPath)}, true)`)
    const inserted = await insertTable(writer, sources, plan)
    await run(writer, `SELECT pg_catalog.set_config('search_path', 'pg_catalog', true)`)
    const meant = plan.insert.length + plan.revive.length
    if (inserted !== meant)
      throw refuse('verification_failed', { table: shown(plan.live), step: 'insert', meant, done: inserted })
  } catch (error) {
    if (!isRowRefusal(error)) throw error
    await run(writer, 'ROLLBACK TO SAVEPOINT one_table')
    return error
  }
  await run(writer, 'RELEASE SAVEPOINT one_table')
  return null
}

async function insertTable(writer: Side, sources: Sources, plan: TablePlan): Promise<number> {
  const sql = `COPY ${plan.live.quoted} ${columnList(plan.live.data)} FROM STDIN (FORMAT ${plan.format})`
  let inserted = 0
  if (plan.ready !== null) for (const piece of plan.ready) inserted += await copyIn(writer, sql, [piece])
  else
    for (const piece of copyPieces(plan.snapshot, plan.live, plan.insert, plan.format))
      inserted += await copyIn(writer, sql, copyOut(sources.snapshot, piece))
  for (const piece of copyPieces(plan.live, plan.live, plan.revive, plan.format))
    inserted += await copyIn(writer, sql, copyOut(sources.frozen, piece))
  return inserted
}
