import { sql } from 'drizzle-orm'
import { boolean, check, index, integer, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { createdAt, id, instant } from './columns.ts'
import { datastores } from './datastores.ts'

export type Edition = 'cloud' | 'self_hosted'
export type PortalStatus = 'active' | 'suspended' | 'deleted'

/** How people should see a table of the portal; everything is optional, since portals are not built alike. */
export type TableWords = {
  schema: string
  table: string
  name?: { en: string; pl: string }
  /** Columns by their use: who entered the row, when, what a person would call it, what it is worth. */
  whoColumn?: string
  whenColumn?: string
  titleColumn?: string
  moneyColumn?: string
  /** The currency of its money, row by row. */
  currencyColumn?: string
  /** By which the portal marks a deleted record instead of removing it (its recycle bin): since when, or just true. */
  binColumn?: string
  /** A column whose values are stages a record goes through, and what people call the records of those that matter: won deals, paid orders. */
  stages?: { column: string; names: Record<string, { en: string; pl: string }> }
  /** What people call its columns; a column without a name goes by its own. */
  columnNames?: Record<string, { en: string; pl: string }>
}
/** What becomes of references from outside the scope to rows that go (S71), by constraint name; `*` is the rest. */
export type EdgeHandling = Record<string, 'null' | 'keep' | 'refuse'>

/** What a column of a row that comes back holds: what it held then, or this (as text; null is NULL). */
type WhenBack = 'as_then' | { set: string | null }
export type ProtectedKind = 'identities' | 'ownership' | 'plan' | 'opt_outs' | 'audit_log' | 'outbound'
/**
 * What stays as it is today whatever a restore brings back (S63–S70): whole tables, and columns of tables whose other columns go back. The rule and its
 * consequences are told in lib/difference/protection.ts.
 */
export type ProtectedData = {
  tables: { schema: string; table: string; kind: ProtectedKind }[]
  columns: { schema: string; table: string; kind: ProtectedKind; columns: Record<string, WhenBack> }[]
}

/** One customer account: a CRM and an intranet in a database of its own. Everything is keyed by id (S37). */
export const portals = pgTable(
  'portals',
  {
    id: id(),
    externalId: text().notNull().unique(),
    name: text().notNull(),
    edition: text().$type<Edition>().notNull(),
    /** The last plan billing told us; policy asks billing again, this one is for lists. */
    plan: text().notNull(),
    status: text().$type<PortalStatus>().notNull().default('active'),
    legalHold: boolean().notNull().default(false),
    locale: text().$type<'en' | 'pl'>().notNull().default('en'),
    timeZone: text().notNull().default('UTC'),
    userCount: integer().notNull().default(0),
    /** Null for a self-hosted portal: we hold nothing of it. */
    datastoreId: uuid().references(() => datastores.id),
    databaseName: text(),
    /** What belongs to the `crm` scope: whole schemas, and tables by pattern (`crm_*`). */
    crmSchemas: text().array().notNull().default(sql`'{}'::text[]`),
    crmTables: text().array().notNull().default(sql`'{}'::text[]`),
    tableWords: jsonb().$type<TableWords[]>().notNull().default([]),
    edgeHandling: jsonb().$type<EdgeHandling>().notNull().default({ '*': 'null' }),
    /** R14: the adapter that keeps this portal's daily restore points a second time, apart from its server; null where the vendor does not ask for it. */
    secondPlace: text().$type<'restic'>(),
    /** Since when R14 is asked for: what was captured before could not be kept there. */
    secondPlaceSince: instant(),
    /** Where the portal keeps its files, on the workers' machines: they go back with the whole portal. Null: none, or the desk does not mind them. */
    filesPath: text(),
    /** Of which moments the portal's adapter said last that a restore point can be made; both null where of none. */
    momentsFrom: instant(),
    momentsTo: instant(),
    protectedData: jsonb().$type<ProtectedData>().notNull().default({ tables: [], columns: [] }),
    /** Hour of the portal's own day (0–23) at which its daily capture may disturb least. */
    quietHour: integer().notNull().default(2),
    createdAt: createdAt(),
    updatedAt: instant().notNull().defaultNow(),
  },
  (t) => [
    check(
      'portals_cloud_has_database',
      sql`${t.edition} = 'self_hosted' or (${t.datastoreId} is not null and ${t.databaseName} is not null)`,
    ),
    check('portals_second_place_since', sql`(${t.secondPlace} is null) = (${t.secondPlaceSince} is null)`),
    check('portals_files_path_absolute', sql`${t.filesPath} like '/_%'`),
    index('portals_datastore').on(t.datastoreId),
    uniqueIndex('portals_files_path').on(t.filesPath),
  ],
)
