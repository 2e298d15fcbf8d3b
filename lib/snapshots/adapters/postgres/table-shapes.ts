import { z } from 'zod'
import { type Catalogue, readCatalogue, type Table } from '#lib/difference/catalogue.ts'
import { rows, type Side } from '#lib/difference/side.ts'
import type { TypeFacts } from '#lib/difference/types.ts'

const tableName = z.object({ schema: z.string(), name: z.string() })

/** What a search needs to know of a table: little enough to be kept beside an archive, which cannot be asked for its catalogue. */
export const tableShapeSchema = tableName.extend({
  /** As `Table` has them. */
  kind: z.string(),
  persistence: z.string(),
  key: z.array(z.string()),
  /** Those that hold data, in order. `padded`: the text of a `char(n)` ends in blanks that are no part of its value. */
  columns: z.array(z.object({ name: z.string(), isText: z.boolean(), padded: z.boolean() })),
  /** What it inherits from or is a partition of. */
  parents: z.array(tableName),
  isPartition: z.boolean(),
  /** Whether a row's text follows from its bytes alone: no names of other objects, no money, whose sign is a setting. */
  textStands: z.boolean(),
})
export type TableShape = z.infer<typeof tableShapeSchema>

/** Every table of the database, with the catalogue that it was read from. */
export async function readShapes(side: Side): Promise<{ shapes: TableShape[]; catalogue: Catalogue }> {
  const catalogue = await readCatalogue(side, { kind: 'all' })
  const texts = await textTypes(side, catalogue.tables)
  const parents = await parentsOf(side)
  const shapes = catalogue.tables.map((table) => {
    const { oid, schema, name, kind, persistence } = table
    const facts = table.data.map(({ type, typeOid }) => ({ type, parts: catalogue.types.get(typeOid) }))
    const columns = table.data.map((column, at) => ({
      name: column.name,
      isText: texts.has(column.typeOid),
      padded: isMadeOf(facts[at], /\bcharacter\(/),
    }))
    const textStands = facts.every((type) => type.parts?.textStands === true && !isMadeOf(type, /\bmoney\b/))
    const above = parents.get(oid) ?? []
    const isPartition = above.some((parent) => parent.isPartition)
    return { schema, name, kind, persistence, key: [...table.key], columns, parents: above.map(named), isPartition, textStands }
  })
  return { shapes, catalogue }
}

const named = ({ schema, name }: { schema: string; name: string }) => ({ schema, name })

function isMadeOf(column: { type: string; parts: TypeFacts | undefined } | undefined, pattern: RegExp): boolean {
  return column !== undefined && [column.type, ...(column.parts?.parts ?? []).map(({ is }) => is)].some((is) => pattern.test(is))
}

/** Strings of any make: text, varchar, citext, and domains over them. */
async function textTypes(side: Side, tables: readonly Table[]): Promise<Set<number>> {
  const oids = [...new Set(tables.flatMap((table) => table.data.map((column) => column.typeOid)))]
  const found = await rows<{ oid: string }>(
    side,
    `SELECT oid::text AS oid FROM pg_type WHERE typcategory = 'S' AND oid = ANY ($1::oid[])`,
    [oids],
  )
  return new Set(found.map(({ oid }) => Number(oid)))
}

type Parent = { child: string; schema: string; name: string; isPartition: boolean }

async function parentsOf(side: Side): Promise<Map<number, Parent[]>> {
  const found = await rows<Parent>(
    side,
    `SELECT i.inhrelid::text AS child, n.nspname AS schema, p.relname AS name, c.relispartition AS "isPartition"
     FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent
     JOIN pg_namespace n ON n.oid = p.relnamespace WHERE c.relkind IN ('r', 'p', 'f') ORDER BY i.inhrelid, i.inhseqno`,
  )
  return Map.groupBy(found, ({ child }) => Number(child))
}
