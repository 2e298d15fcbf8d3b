import { createHash } from 'node:crypto'
import { z } from 'zod'
import { readCatalogue } from '#lib/difference/catalogue.ts'
import { nameKey } from '#lib/difference/names.ts'
import { settled } from '#lib/difference/settled.ts'
import { rows, type Side } from '#lib/difference/side.ts'

/**
 * Fingerprint of what a portal is made of that a dump and a load do not change: tables as the comparison knows them, and the names of views,
 * sequences, indexes, triggers, policies, types and functions, with the bodies of functions. A load gives every object a new oid and writes some
 * definitions in other words, so the texts of views and the like are no part of it; the postgres adapter's is stricter.
 */
export async function portableStructure(side: Side): Promise<string> {
  const { tables } = await readCatalogue(side, { kind: 'all' })
  const lines = tables.map((table) => [nameKey(table), table.structure.map(settled).sort()])
  const others = z.array(z.object({ line: z.string() })).parse(await rows(side, othersQuery))
  return createHash('sha256')
    .update(JSON.stringify([lines.map((line) => JSON.stringify(line)).sort(), others.map(({ line }) => line).sort()]))
    .digest('hex')
}

const own = (namespace: string) => `${namespace} !~ '^pg_' AND ${namespace} <> 'information_schema'`
const othersQuery = `
  SELECT concat_ws(' ', 'relation', c.relkind::text, n.nspname, c.relname) AS line FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('v', 'm', 'S', 'i', 'I') AND c.relpersistence <> 't' AND ${own('n.nspname')}
  UNION ALL SELECT concat_ws(' ', 'function', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid), md5(p.prosrc)) FROM pg_proc p
    JOIN pg_namespace n ON n.oid = p.pronamespace WHERE ${own('n.nspname')}
  UNION ALL SELECT concat_ws(' ', 'trigger', n.nspname, c.relname, t.tgname, t.tgenabled::text) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT t.tgisinternal AND c.relpersistence <> 't' AND ${own('n.nspname')}
  UNION ALL SELECT concat_ws(' ', 'policy', n.nspname, c.relname, p.polname) FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${own('n.nspname')}
  UNION ALL SELECT concat_ws(' ', 'type', n.nspname, t.typname, t.typtype::text) FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE t.typtype IN ('e', 'd', 'r') AND ${own('n.nspname')}
  UNION ALL SELECT concat_ws(' ', 'schema', nspname) FROM pg_namespace WHERE ${own('nspname')}`
