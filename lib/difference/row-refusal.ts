import { shown, type TableName } from './names.ts'
import { refuse } from './refusal.ts'
import { sqlState } from './side.ts'

/** What a row's own table can say against it: constraints, or code that a constraint runs. All else is not the row's fault. */
export function isRowRefusal(error: unknown): boolean {
  return /^(22|23|44|P0|42883|42P01|55000)/.test(sqlState(error) ?? '')
}

/** The refusal that names tables and constraint (S99). */
export function rowRefused(tables: readonly TableName[], reason: unknown) {
  const named = reason instanceof Error && 'constraint' in reason ? reason.constraint : null
  return refuse(
    'row_refused',
    {
      tables: tables.map(shown),
      constraint: typeof named === 'string' && named !== '' ? named : null,
      sqlState: sqlState(reason) ?? null,
      message: reason instanceof Error ? reason.message : null,
    },
    { cause: reason },
  )
}
