import { eq } from 'drizzle-orm'
import type { Tx } from '#db/client.ts'
import { erasures } from '#db/schema/index.ts'
import { nameKey } from '#lib/difference/names.ts'
import type { ErasedRecords } from '#lib/difference/protection.ts'

/** The portal's list as the engine takes it, by table and key columns (S66). Needs a transaction scoped to the system. */
export async function readErased(tx: Tx, portalId: string): Promise<ErasedRecords[]> {
  const { schemaName, tableName, key } = erasures
  const found = await tx
    .select({ schema: schemaName, name: tableName, key })
    .from(erasures)
    .where(eq(erasures.portalId, portalId))
  const byKey = Map.groupBy(found, (row) => [nameKey(row), ...columnsOf(row)].join('\0'))
  return [...byKey.values()].flatMap((records) => {
    const [first] = records
    if (!first) return []
    const columns = columnsOf(first)
    const { schema, name } = first
    return [
      { table: { schema, name }, columns, keys: records.map((record) => columns.map((column) => record.key[column] ?? '')) },
    ]
  })
}

const columnsOf = (row: { key: Record<string, string> }) => Object.keys(row.key).sort()
