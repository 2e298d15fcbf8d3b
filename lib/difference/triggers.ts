import type { Table } from './catalogue.ts'
import { quoteName } from './names.ts'
import { rows, run, type Side } from './side.ts'

/** Switches triggers off that fire even in replica role; `awaken` puts each back in its own mode (S98). */
export async function silence(writer: Side, tables: readonly Table[]): Promise<void> {
  const loud = tables.filter((table) => table.loudTriggers.length > 0)
  if (loud.length === 0) return
  // Before 17 an event trigger that would see this was refused beforehand.
  if (writer.versionNum >= 170000) await quietEvents(writer)
  for (const table of loud)
    for (const { name } of table.loudTriggers) await run(writer, alter(table, `DISABLE TRIGGER ${quoteName(name)}`))
}

export async function awaken(writer: Side, tables: readonly Table[]): Promise<void> {
  for (const table of tables)
    for (const { name, mode } of table.loudTriggers)
      await run(writer, alter(table, `ENABLE ${mode === 'A' ? 'ALWAYS' : 'REPLICA'} TRIGGER ${quoteName(name)}`))
}

async function quietEvents(writer: Side): Promise<void> {
  const loud = await rows(writer, `SELECT FROM pg_event_trigger WHERE evtenabled IN ('A', 'R')`)
  if (loud.length > 0) await run(writer, `SELECT set_config('event_triggers', 'off', true)`)
}

function alter(table: Table, what: string): string {
  return `ALTER TABLE ONLY ${table.quoted} ${what}`
}
