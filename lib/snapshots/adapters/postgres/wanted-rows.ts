import type { TableName } from '#lib/difference/names.ts'
import type { RowSet } from '#lib/difference/row-set.ts'
import type { ExtractedRow } from '../../port.ts'

/** Rows of one table that are to be extracted, by why; places are the source's. */
export type WantedRows = { table: TableName; sets: Partial<Record<ExtractedRow['change'], RowSet>> }
