import { createHash } from 'node:crypto'
import { z } from 'zod'
import { rows, type Side } from '#lib/difference/side.ts'

/**
 * Fingerprint of everything in a database that is no row, by kind: `functions`, `grants on tables` … Copies keep the oids of what they were
 * copied from, so the catalogues can be read as they are; only what moves by itself (statistics, sizes, file numbers, freezing) is left out.
 */
export async function readStructure(side: Side): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  for (const catalogue of catalogues) {
    const columns = await rows<{ names: string[] }>(side, columnsQuery, [catalogue.table, catalogue.without ?? []])
    const list = z.array(z.string()).parse(columns[0]?.names)
    const row = list.map((name) => `c."${name}"`).join(', ')
    const [told] = await rows<{ hash: string }>(
      side,
      `with temporary as (select oid from pg_class where relpersistence = 't'), temporary_schema as (select oid from pg_namespace where nspname ~ '^pg_(toast_)?temp_')
       select coalesce(sum(hashtextextended(row(${row})::text collate "C", 0)::numeric), 0) || ':' || count(*) as hash
       from pg_catalog.${catalogue.table} c where ${catalogue.where ?? 'true'}`,
    )
    found.set(catalogue.kind, z.string().parse(told?.hash))
  }
  return found
}

export function structureDigest(structure: ReadonlyMap<string, string>): string {
  return createHash('sha256')
    .update(JSON.stringify([...structure]))
    .digest('hex')
}

type Catalogue = { kind: string; table: string; without?: string[]; where?: string }

const notTemporary = (column: string) => `c.${column} not in (select oid from temporary)`
const catalogues: Catalogue[] = [
  { kind: 'schemas', table: 'pg_namespace', where: 'c.oid not in (select oid from temporary_schema)' },
  {
    kind: 'tables, views, sequences and their grants',
    table: 'pg_class',
    without: [
      'relfilenode',
      'relpages',
      'reltuples',
      'relallvisible',
      'relallfrozen',
      'relfrozenxid',
      'relminmxid',
      'relhasindex',
      'relhasrules',
      'relhastriggers',
      'relhassubclass',
      'reltoastrelid',
    ],
    where: `c.relpersistence <> 't' and c.relkind <> 't' and c.relnamespace <> 'pg_toast'::regnamespace`,
  },
  {
    kind: 'columns',
    table: 'pg_attribute',
    without: ['atthasmissing', 'attmissingval', 'attcacheoff'],
    where: `${notTemporary('attrelid')} and not exists (select from pg_class t where t.oid = c.attrelid and t.relnamespace = 'pg_toast'::regnamespace)`,
  },
  { kind: 'defaults', table: 'pg_attrdef', where: notTemporary('adrelid') },
  { kind: 'constraints', table: 'pg_constraint', where: notTemporary('conrelid') },
  {
    kind: 'indexes',
    table: 'pg_index',
    without: ['indcheckxmin', 'indisclustered'],
    where: `${notTemporary('indrelid')} and not exists (select from pg_class t where t.oid = c.indexrelid and t.relnamespace = 'pg_toast'::regnamespace)`,
  },
  { kind: 'inheritance', table: 'pg_inherits', where: notTemporary('inhrelid') },
  { kind: 'partitioning', table: 'pg_partitioned_table', where: notTemporary('partrelid') },
  { kind: 'sequences', table: 'pg_sequence', where: notTemporary('seqrelid') },
  { kind: 'views and rules', table: 'pg_rewrite', where: notTemporary('ev_class') },
  { kind: 'triggers', table: 'pg_trigger', where: notTemporary('tgrelid') },
  { kind: 'policies', table: 'pg_policy' },
  { kind: 'types', table: 'pg_type', where: 'c.typnamespace not in (select oid from temporary_schema)' },
  { kind: 'enum values', table: 'pg_enum' },
  { kind: 'ranges', table: 'pg_range' },
  { kind: 'functions', table: 'pg_proc' },
  { kind: 'aggregates', table: 'pg_aggregate' },
  { kind: 'operators', table: 'pg_operator' },
  { kind: 'casts', table: 'pg_cast' },
  { kind: 'collations', table: 'pg_collation', without: ['collversion'] },
  { kind: 'conversions', table: 'pg_conversion' },
  { kind: 'operator classes', table: 'pg_opclass' },
  { kind: 'operator families', table: 'pg_opfamily' },
  { kind: 'languages', table: 'pg_language' },
  { kind: 'default privileges', table: 'pg_default_acl' },
  { kind: 'first privileges', table: 'pg_init_privs' },
  { kind: 'event triggers', table: 'pg_event_trigger' },
  { kind: 'extensions', table: 'pg_extension' },
  { kind: 'foreign servers', table: 'pg_foreign_server' },
  { kind: 'foreign tables', table: 'pg_foreign_table' },
  { kind: 'foreign data wrappers', table: 'pg_foreign_data_wrapper' },
  { kind: 'publications', table: 'pg_publication' },
  { kind: 'published tables', table: 'pg_publication_rel' },
  { kind: 'published schemas', table: 'pg_publication_namespace' },
  { kind: 'statistics objects', table: 'pg_statistic_ext', without: ['stxstattarget'] },
  { kind: 'text search configurations', table: 'pg_ts_config' },
  { kind: 'text search mappings', table: 'pg_ts_config_map' },
  { kind: 'text search dictionaries', table: 'pg_ts_dict' },
  { kind: 'comments', table: 'pg_description', where: notTemporary('objoid') },
  { kind: 'security labels', table: 'pg_seclabel' },
]

const columnsQuery = `select array_agg(attname order by attnum)::text[] as names from pg_catalog.pg_attribute
  where attrelid = ('pg_catalog.' || $1)::regclass and attnum > 0 and not attisdropped and not attname = any($2::text[])`
