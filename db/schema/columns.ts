import { sql } from 'drizzle-orm'
import { customType, timestamp, uuid } from 'drizzle-orm/pg-core'

/** Random primary key; made by the database so that every writer makes it alike. */
export const id = () => uuid().primaryKey().default(sql`gen_random_uuid()`)
/** An instant with its zone, to the millisecond: what the database keeps is exactly what a JavaScript Date can hold. */
export const instant = () => timestamp({ withTimezone: true, precision: 3, mode: 'date' })
export const bytes = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => 'bytea' })
export const createdAt = () => instant().notNull().defaultNow()
