import { readCatalogue } from './catalogue.ts'
import { holdTables } from './locks.ts'
import { one, rollBackQuietly, run, type Side } from './side.ts'

const holdWaitMs = 10_000

/**
 * Runs `work` while `live` shows one instant that other sessions may share by the name it is given (`SET TRANSACTION SNAPSHOT`, `pg_dump --snapshot`).
 * The tables are held before that instant is chosen, so that none is truncated or rewritten between it and whoever comes later.
 */
export async function freezeAt<T>(live: Side, work: (exportedSnapshot: string) => Promise<T>): Promise<T> {
  const { tables } = await readCatalogue(live, { kind: 'all' })
  await run(live, 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY NOT DEFERRABLE')
  try {
    await run(live, `SET LOCAL lock_timeout = ${holdWaitMs}`)
    await holdTables(
      live,
      tables.filter(({ kind }) => kind !== 'f'),
    )
    const { name } = await one<{ name: string }>(live, 'SELECT pg_export_snapshot() AS name')
    return await work(name)
  } finally {
    await rollBackQuietly(live)
  }
}
