import type pg from 'pg'
import { z } from 'zod'
import { quoteName, quoteText, select } from './connect.ts'
import { isCopyName } from './names.ts'

/**
 * What a copy is, written on the copy itself as its comment (comments are not copied by CREATE DATABASE, so a copy of a copy
 * starts without one). `making` until everything promised of it holds; `clone` is scratch and never outlives its call.
 */
export const markerSchema = z.object({
  restoreDesk: z.literal(1),
  purpose: z.enum(['snapshot', 'safety', 'clone']),
  state: z.enum(['making', 'ready']),
  portalId: z.string(),
  snapshotId: z.string(),
  completedAt: z.string().nullable(),
  /** Fingerprint of the manifest: what a clone of this copy must show before it may take the portal's place (S53). */
  contents: z.string().nullable(),
  /** What the capture answered, for the same question asked again (I7). */
  captured: z
    .object({
      way: z.enum(['physical', 'online']),
      physicalBecause: z.string().nullable(),
      barredMs: z.number(),
      sessionsEnded: z.number(),
      captureMs: z.number(),
      changes: z.object({ missing: z.number(), newer: z.number(), changed: z.number() }).nullable(),
    })
    .nullable(),
})
export type Marker = z.infer<typeof markerSchema>

export async function mark(admin: pg.Client, databaseName: string, marker: Marker): Promise<void> {
  await admin.query(markStatement(databaseName, marker))
}

export function markStatement(databaseName: string, marker: Marker): string {
  return `comment on database ${quoteName(databaseName)} is ${quoteText(JSON.stringify(marker))}`
}

/** A database of the server as `pg_database` has it, with its marker if it is ours. */
export type FoundDatabase = z.infer<typeof databaseRow> & { marker: Marker | null; ourName: boolean }

export async function readDatabases(admin: pg.Client): Promise<FoundDatabase[]> {
  const rows = await select(admin, databaseRow, databasesQuery)
  return rows.map((row) => ({ ...row, marker: parseMarker(row.name, row.comment), ourName: isCopyName(row.name) }))
}

export async function readDatabase(admin: pg.Client, databaseName: string): Promise<FoundDatabase | null> {
  const [row] = await select(admin, databaseRow, `${databasesQuery} and d.datname = $1`, [databaseName])
  return row ? { ...row, marker: parseMarker(row.name, row.comment), ourName: isCopyName(row.name) } : null
}

/** `connectionLimit` −2 is the server's own mark of a database whose CREATE or DROP was interrupted (S107). */
export const invalidConnectionLimit = -2

const databaseRow = z.object({
  oid: z.coerce.number(),
  name: z.string(),
  owner: z.string(),
  mine: z.boolean(),
  allowsConnections: z.boolean(),
  connectionLimit: z.coerce.number(),
  collationVersion: z.string().nullable(),
  comment: z.string().nullable(),
})

const databasesQuery = `select d.oid, d.datname as name, pg_get_userbyid(d.datdba) as owner, pg_has_role(d.datdba, 'USAGE') as mine,
  d.datallowconn as "allowsConnections", d.datconnlimit as "connectionLimit", d.datcollversion as "collationVersion",
  shobj_description(d.oid, 'pg_database') as comment
  from pg_database d where true`

/** Only a name of ours can carry a marker: a portal whose owner copies our comment onto it is still a portal. */
function parseMarker(name: string, comment: string | null): Marker | null {
  if (comment === null || !isCopyName(name)) return null
  let written: unknown
  try {
    written = z.unknown().parse(JSON.parse(comment))
  } catch {
    return null // somebody wrote a comment of their own: not a marker
  }
  const parsed = markerSchema.safeParse(written)
  return parsed.success ? parsed.data : null
}
