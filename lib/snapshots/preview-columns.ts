import { z } from 'zod'
import type { TableWords } from '#db/schema/index.ts'
import { closeSide, openSide, rows } from '#lib/difference/side.ts'
import type { PortalRef, TableColumns } from './port.ts'
import { withheldColumns } from './withheld-columns.ts'

/** A table's columns as its catalogue names them; `type` without length, such as `character varying`. `parents`: what it inherits from or is a partition of. */
export type TableShape = {
  schema: string
  table: string
  columns: { name: string; type: string }[]
  parents: { schema: string; name: string }[]
}

/**
 * Which columns say who entered a row, when, what a person would call it and what it is worth: as the portal's settings have it, else
 * guessed from names and types. A guess that is wrong shows an odd word to the owner; it never changes what is counted. What is withheld is none of them.
 */
export function previewColumns(all: TableShape[], words: TableWords[], withheld?: PortalRef['withheld']): TableColumns[] {
  const withheldOf = withheldColumns(
    all.map(({ schema, table, parents }) => ({ schema, name: table, parents })),
    withheld,
  )
  return all.flatMap((full) => {
    const hidden = withheldOf({ schema: full.schema, name: full.table })
    const shape = { ...full, columns: full.columns.filter(({ name }) => !hidden.has(name)) }
    const told = words.find((word) => word.schema === shape.schema && word.table === shape.table)
    const has = (name: string | undefined) => shape.columns.some((column) => column.name === name)
    const chosen = { ...guess(shape), ...(told ? toldColumns(told) : {}) }
    // A column that settings name and the portal has dropped since is left out, not an error.
    const uses = Object.fromEntries(Object.entries(chosen).filter(([, name]) => has(name)))
    return Object.keys(uses).length === 0 ? [] : [{ schema: shape.schema, table: shape.table, ...uses }]
  })
}

type Uses = Omit<TableColumns, 'schema' | 'table'>

function toldColumns({ whoColumn, whenColumn, titleColumn, moneyColumn, currencyColumn, binColumn, stages }: TableWords): Uses {
  return {
    ...(whoColumn === undefined ? {} : { whoColumn }),
    ...(whenColumn === undefined ? {} : { whenColumn }),
    ...(titleColumn === undefined ? {} : { titleColumn }),
    ...(moneyColumn === undefined ? {} : { moneyColumn }),
    ...(currencyColumn === undefined ? {} : { currencyColumn }),
    ...(binColumn === undefined ? {} : { binColumn }),
    ...(stages === undefined ? {} : { stageColumn: stages.column }),
  }
}

const text = /^(text|citext|character varying|character|name)$/
const nameOrId = /^(text|citext|character varying|character|uuid|smallint|integer|bigint)$/
const instant = /^(timestamp|date)/
const mark = /^(timestamp|date|boolean)/
const amount = /^(numeric|money|real|double precision)$/

/** Best first; `%` stands for the table's own name in the singular (`orders` → `order_date`). */
const who = [
  'created_by',
  'entered_by',
  'added_by',
  'author',
  'author_name',
  'owner',
  'owner_name',
  'created_by_name',
  'username',
  'user_name',
]
const whoIds = [
  'created_by_id',
  'author_id',
  'owner_id',
  'responsible_id',
  'assigned_to',
  'assigned_by_id',
  'employee_id',
  'user_id',
]
const when = [
  'created_at',
  'created_on',
  'date_create',
  'created',
  'inserted_at',
  'entered_at',
  'added_at',
  '%_date',
  'date',
  'at',
  'sent_at',
]
const title = [
  'title',
  'name',
  'subject',
  '%_name',
  'display_name',
  'full_name',
  'company_name',
  'label',
  '%_title',
  'last_name',
  'description',
]
const money = [
  'amount',
  'total',
  'total_amount',
  'opportunity',
  'value',
  'price',
  'unit_price',
  'net',
  'gross',
  'sum',
  'budget',
  'freight',
  'cost',
]

/** As frameworks that delete softly call it. */
const bin = [
  'deleted_at',
  'deleted_on',
  'date_deleted',
  'trashed_at',
  'discarded_at',
  'is_deleted',
  'deleted',
  'is_trashed',
  'in_trash',
]

function guess(shape: TableShape): Uses {
  const pick = (names: string[], type: RegExp) => firstOf(shape, names, type)
  const whoColumn = pick(who, nameOrId) ?? pick(whoIds, nameOrId)
  const whenColumn = pick(when, instant) ?? shape.columns.find(isCreation)?.name
  const titleColumn =
    pick(title, text) ?? shape.columns.find((column) => text.test(column.type) && lower(column).endsWith('_name'))?.name
  const moneyColumn =
    pick(money, amount) ?? shape.columns.find((column) => amount.test(column.type) && isWorth.test(lower(column)))?.name
  const binColumn = pick(bin, mark)
  return {
    ...(whoColumn === undefined ? {} : { whoColumn }),
    ...(whenColumn === undefined ? {} : { whenColumn }),
    ...(titleColumn === undefined ? {} : { titleColumn }),
    ...(moneyColumn === undefined ? {} : { moneyColumn }),
    ...(binColumn === undefined ? {} : { binColumn }),
  }
}

const isWorth = /amount|_total$|^total_|price|revenue/
const lower = (column: { name: string }) => column.name.toLowerCase()
const isCreation = (column: { name: string; type: string }) =>
  instant.test(column.type) && /creat|enter|insert|added/.test(lower(column))

function firstOf(shape: TableShape, names: string[], type: RegExp): string | undefined {
  const own = singular(shape.table.toLowerCase())
  for (const name of names) {
    const wanted = name.replace('%', own)
    const found = shape.columns.find((column) => lower(column) === wanted && type.test(column.type))
    if (found) return found.name
  }
  return undefined
}

/** `crm_companies` → `company`: enough for the names that tables have. */
function singular(table: string): string {
  const word = table.split('_').at(-1) ?? table
  if (word.endsWith('ies')) return `${word.slice(0, -3)}y`
  return word.endsWith('s') && !word.endsWith('ss') ? word.slice(0, -1) : word
}

const shapeRow = z.object({
  schema: z.string(),
  table: z.string(),
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
  parents: z.array(z.object({ schema: z.string(), name: z.string() })),
})

/** The shapes of a live portal's tables, from its catalogue alone: no row is read and nothing of the portal's own runs. */
export async function readTableShapes(portal: PortalRef): Promise<TableShape[]> {
  const url = new URL(portal.adminUrl)
  url.pathname = `/${encodeURIComponent(portal.databaseName)}`
  const live = await openSide({ connectionString: url.href, applicationName: 'restore-desk' })
  try {
    return z.array(shapeRow).parse(await rows(live, shapesQuery))
  } finally {
    await closeSide(live)
  }
}

const shapesQuery = `select n.nspname as schema, c.relname as table,
    json_agg(json_build_object('name', a.attname, 'type', regexp_replace(format_type(a.atttypid, null), '\\(.*\\)', '')) order by a.attnum) as columns,
    (select coalesce(json_agg(json_build_object('schema', pn.nspname, 'name', p.relname)), '[]') from pg_inherits i
      join pg_class p on p.oid = i.inhparent join pg_namespace pn on pn.oid = p.relnamespace where i.inhrelid = c.oid) as parents
  from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  where c.relkind in ('r', 'p') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  group by c.oid, n.nspname, c.relname order by 1, 2`
