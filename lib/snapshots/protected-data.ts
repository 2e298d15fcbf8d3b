import { z } from 'zod'
import type { ProtectedData } from '#db/schema/index.ts'
import type { Protection } from '#lib/difference/protection.ts'
import type { Withheld } from './port.ts'

export const protectedKinds = ['identities', 'ownership', 'plan', 'opt_outs', 'audit_log', 'outbound'] as const
const kind = z.enum(protectedKinds)
const name = z.string().min(1)
const whenBack = z.union([z.literal('as_then'), z.strictObject({ set: z.string().nullable() })])

/** The configuration of a portal's protected data, as `npm run portal -- protect` takes it and the portal's row keeps it. */
export const protectedDataSchema = z.strictObject({
  tables: z.array(z.strictObject({ schema: name, table: name, kind })).default([]),
  columns: z
    .array(
      z.strictObject({
        schema: name,
        table: name,
        kind,
        columns: z.record(name, whenBack).refine((columns) => Object.keys(columns).length > 0, 'names no column'),
      }),
    )
    .default([]),
}) satisfies z.ZodType<ProtectedData>

/** The same as the engine takes it. */
export function protectionOf({ tables, columns }: ProtectedData): Protection {
  return {
    tables: tables.map(({ schema, table }) => ({ schema, name: table })),
    columns: columns.map(({ schema, table, kind: what, columns: byName }) => ({
      table: { schema, name: table },
      columns: Object.entries(byName).map(([column, value]) => ({ name: column, whenBack: value })),
      ...(what === 'outbound' ? { outbound: true } : {}),
    })),
  }
}

/** What is never written to a file that people take away: with it somebody could sign in as another. */
export function withheldOf({ tables, columns }: ProtectedData): Withheld {
  return {
    tables: tables.filter(isIdentity).map(({ schema, table }) => ({ schema, name: table })),
    columns: columns
      .filter(isIdentity)
      .map(({ schema, table, columns: byName }) => ({ table: { schema, name: table }, columns: Object.keys(byName) })),
  }
}

const isIdentity = (part: { kind: (typeof protectedKinds)[number] }) => part.kind === 'identities'
