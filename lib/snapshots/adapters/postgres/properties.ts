import type pg from 'pg'
import { z } from 'zod'
import { quoteName, quoteText, select } from './connect.ts'

/** What belongs to a database itself and not to what is in it: the server keeps it by the database's oid, so a rename leaves it behind (S96). */
export type DatabaseProperties = {
  owner: string
  /** Null: the server's default rights. */
  grants: z.infer<typeof grantRow>[] | null
  connectionLimit: number
  comment: string | null
  isTemplate: boolean
  /** `name=value` as the catalogue has them. */
  settings: string[]
  roleSettings: { role: string; settings: string[] }[]
  securityLabels: { provider: string; label: string }[]
  tablespace: string
}

/** One query, for a swap asks while nobody can connect. */
export async function readProperties(admin: pg.Client, databaseName: string): Promise<DatabaseProperties> {
  const [found] = await select(admin, propertiesRow, propertiesQuery, [databaseName])
  if (!found) throw new Error(`database ${databaseName} is not there`)
  const { allSettings, hasRights, grants, ...rest } = found
  return {
    ...rest,
    grants: hasRights ? grants : null,
    settings: allSettings.find(({ role }) => role === null)?.settings ?? [],
    roleSettings: allSettings.flatMap(({ role, settings }) => (role === null ? [] : [{ role, settings }])),
  }
}

/**
 * Gives a closed database everything `properties` says but its connection limit, its comment and its open door: those come with the rename.
 * Rights first, then the owner: afterwards we own it only as a member of the owner.
 */
export async function carryProperties(admin: pg.Client, databaseName: string, properties: DatabaseProperties): Promise<void> {
  const name = quoteName(databaseName)
  await admin.query(`alter database ${name} reset all`)
  await carrySettings(admin, databaseName, properties.settings)
  for (const { role, settings } of properties.roleSettings) {
    for (const setting of settings)
      await admin.query(`alter role ${quoteName(role)} in database ${name} ${setStatement(setting)}`)
  }
  for (const { provider, label } of properties.securityLabels) {
    await admin.query(`security label for ${quoteName(provider)} on database ${name} is ${quoteText(label)}`)
  }
  if (properties.isTemplate) await admin.query(`alter database ${name} is_template true`)
  await admin.query(`alter database ${name} owner to ${quoteName(properties.owner)}`)
  await carryGrants(admin, databaseName, properties)
}

async function carrySettings(admin: pg.Client, databaseName: string, settings: string[]): Promise<void> {
  for (const setting of settings) await admin.query(settingStatement(databaseName, setting))
}

export function settingStatement(databaseName: string, setting: string): string {
  return `alter database ${quoteName(databaseName)} ${setStatement(setting)}`
}

/**
 * Statements that make a database ours alone: owner, rights, limit, settings. Used on the replaced database inside the swap's
 * transaction, so that there is no instant at which a portal's user could enter what is now a copy.
 */
export function sealStatements(databaseName: string, properties: DatabaseProperties): string[] {
  const name = quoteName(databaseName)
  const grantees = new Set(properties.grants?.map(({ grantee }) => grantee ?? null) ?? [])
  grantees.delete(properties.owner)
  return [
    ...[...grantees].flatMap((grantee) =>
      grantee === null ? [] : [`revoke all on database ${name} from ${quoteName(grantee)} cascade`],
    ),
    `revoke all on database ${name} from public cascade`,
    `alter database ${name} owner to current_user`,
    `alter database ${name} connection limit -1`,
    ...(properties.isTemplate ? [`alter database ${name} is_template false`] : []),
    ...properties.roleSettings.map(({ role }) => `alter role ${quoteName(role)} in database ${name} reset all`),
  ]
}

/** True when both are the same in everything that is carried. */
export function sameProperties(a: DatabaseProperties, b: DatabaseProperties): boolean {
  const plain = ({ connectionLimit: _, ...rest }: DatabaseProperties) => JSON.stringify(rest)
  return plain(a) === plain(b)
}

async function carryGrants(admin: pg.Client, databaseName: string, { owner, grants }: DatabaseProperties): Promise<void> {
  const name = quoteName(databaseName)
  if (grants === null) {
    // The server's default: PUBLIC may connect and make temporary tables. The copy's rights were taken away when it was made.
    await admin.query(`grant connect, temporary on database ${name} to public`)
    return
  }
  await admin.query(`revoke all on database ${name} from public`)
  await admin.query(`revoke all on database ${name} from ${quoteName(owner)}`)
  for (const { grantee, privilege, grantable } of grants) {
    const to = grantee === null ? 'public' : quoteName(grantee)
    await admin.query(`grant ${privilege} on database ${name} to ${to}${grantable ? ' with grant option' : ''}`)
  }
}

/** Settings that are lists are kept by the server with each element quoted as a name; the others are one text. */
const listSettings = new Set([
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
  'unix_socket_directories',
])

function setStatement(setting: string): string {
  const cut = setting.indexOf('=')
  const name = setting.slice(0, cut)
  const value = setting.slice(cut + 1)
  const quoted = name.split('.').map(quoteName).join('.')
  const elements = listSettings.has(name) ? elementsOf(value) : []
  return `set ${quoted} to ${elements.length > 0 ? elements.join(', ') : quoteText(value)}`
}

/** Each as a text: an empty one (a `search_path` of nothing) is kept as `""`, which the server does not take back as a name. */
function elementsOf(list: string): string[] {
  return [...list.matchAll(/"((?:[^"]|"")*)"|[^\s,"]+/g)].map(([bare, quoted]) =>
    quoteText(quoted?.replaceAll('""', '"') ?? bare),
  )
}

const grantRow = z.object({ grantee: z.string().nullable(), privilege: z.string(), grantable: z.boolean() })

const propertiesRow = z.object({
  owner: z.string(),
  hasRights: z.boolean(),
  connectionLimit: z.coerce.number(),
  comment: z.string().nullable(),
  isTemplate: z.boolean(),
  tablespace: z.string(),
  grants: z.array(grantRow),
  allSettings: z.array(z.object({ role: z.string().nullable(), settings: z.array(z.string()) })),
  securityLabels: z.array(z.object({ provider: z.string(), label: z.string() })),
})

const propertiesQuery = `select pg_get_userbyid(datdba) as owner, datacl is not null as "hasRights", datconnlimit as "connectionLimit",
  shobj_description(d.oid, 'pg_database') as comment, datistemplate as "isTemplate", t.spcname as tablespace,
  (select coalesce(json_agg(json_build_object('privilege', a.privilege_type, 'grantable', a.is_grantable,
      'grantee', case a.grantee when 0 then null else pg_get_userbyid(a.grantee) end) order by a.place), '[]')
    from aclexplode(d.datacl) with ordinality a(grantor, grantee, privilege_type, is_grantable, place)) as grants,
  (select coalesce(json_agg(json_build_object('settings', s.setconfig,
      'role', case s.setrole when 0 then null else pg_get_userbyid(s.setrole) end) order by s.setrole), '[]')
    from pg_db_role_setting s where s.setdatabase = d.oid) as "allSettings",
  (select coalesce(json_agg(json_build_object('provider', l.provider, 'label', l.label) order by l.provider), '[]')
    from pg_shseclabel l where l.classoid = 'pg_database'::regclass and l.objoid = d.oid) as "securityLabels"
  from pg_database d join pg_tablespace t on t.oid = d.dattablespace where datname = $1`
