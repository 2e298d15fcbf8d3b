import type { DeletionTrail } from './port.ts'
import type { TableShape } from './preview-columns.ts'

/**
 * The table in which the portal itself writes down who did what to which record, guessed by its columns; null where none has them all. A
 * guess that is wrong names nobody: it is only asked about deletions of the very record.
 */
export function deletionTrail(shapes: TableShape[]): DeletionTrail | null {
  const found = shapes.flatMap((shape) => trailOf(shape) ?? [])
  return found.find(({ table }) => /audit|history|trail|log/.test(table.toLowerCase())) ?? null
}

function trailOf({ schema, table, columns }: TableShape): DeletionTrail | null {
  const pick = (names: RegExp) => columns.find(({ name }) => names.test(name.toLowerCase()))?.name
  const actionColumn = pick(/^(action|operation|op|event|event_type|verb)$/)
  const entityColumn = pick(/^(entity|entity_type|table_name|object_type|record_type|model|tablename)$/)
  const keyColumn = pick(/^(entity_id|object_id|record_id|row_id|model_id)$/)
  const whoColumn = pick(/^(who|actor|user_name|username|changed_by|done_by|user|user_id|actor_id)$/)
  const whenColumn = pick(/^(at|when|happened_at|created_at|changed_at|logged_at|date_create)$/)
  if (!actionColumn || !entityColumn || !keyColumn || !whoColumn || !whenColumn) return null
  return { schema, table, actionColumn, entityColumn, keyColumn, whoColumn, whenColumn }
}
