import type pg from 'pg'
import { z } from 'zod'
import { AdapterRefused } from '../../port.ts'
import { backendPid, connect, quoteName, quoteText, select, sqlState, withClient } from './connect.ts'
import { invalidConnectionLimit, type Marker, mark, readDatabase } from './marker.ts'
import { isCopyName } from './names.ts'
import { readProperties, settingStatement } from './properties.ts'

/**
 * Makes a copy of a database on the same server, closed from its first instant (S96): it is created with connections off, and before it
 * is ever opened by us its rights are taken from everybody but our role (CREATE DATABASE copies neither rights nor per-database settings).
 * Nobody may be connected to the template. With `file_copy` the files are copied as they are: block for block, in one go.
 */
export async function createCopy(
  admin: pg.Client,
  copy: { name: string; template: string; marker: Marker },
  signal: AbortSignal,
  adminUrl: string,
): Promise<void> {
  const template = await readDatabase(admin, copy.template)
  if (!template) throw new Error(`database ${copy.template} is not there`)
  // A collation version that no longer matches the operating system's would stop CREATE DATABASE; said explicitly, it is carried as it is (S104).
  const collation =
    template.collationVersion === null ? '' : ` collation_version ${admin.escapeLiteral(template.collationVersion)}`
  const text = `create database ${quoteName(copy.name)} with template ${quoteName(copy.template)} strategy file_copy allow_connections false${collation}`
  await cancellable(admin, adminUrl, signal, () => admin.query(text))
  await admin.query(`revoke all on database ${quoteName(copy.name)} from public`)
  await mark(admin, copy.name, copy.marker)
}

/**
 * Makes an empty database of the portal's encoding and collation, closed from its first instant like a copy: for what is loaded from outside.
 * A statement can name a collation's version only where the source has one, and template0 is new each time, so the server takes its own.
 */
export async function createEmptyCopy(admin: pg.Client, copy: { name: string; like: string; marker: Marker }): Promise<void> {
  const [told] = await select(admin, localeRow, localeQuery, [copy.like])
  if (!told) throw new Error(`database ${copy.like} is not there`)
  const { is } = told
  const locale = is.datlocale ?? is.daticulocale ?? null
  const options = [
    `encoding ${quoteText(told.encoding)}`,
    `lc_collate ${quoteText(is.datcollate)}`,
    `lc_ctype ${quoteText(is.datctype)}`,
    ...(is.datlocprovider === 'i' && locale !== null ? [`locale_provider icu icu_locale ${quoteText(locale)}`] : []),
    ...(is.datlocprovider === 'b' && locale !== null ? [`locale_provider builtin builtin_locale ${quoteText(locale)}`] : []),
    ...(is.datlocprovider === 'c' ? ['locale_provider libc'] : []),
    ...(is.daticurules ? [`icu_rules ${quoteText(is.daticurules)}`] : []),
  ]
  await admin.query(
    `create database ${quoteName(copy.name)} with template template0 ${options.join(' ')} allow_connections false`,
  )
  await admin.query(`revoke all on database ${quoteName(copy.name)} from public`)
  await mark(admin, copy.name, copy.marker)
}

/** The columns' names differ from version to version: 17 keeps every provider's locale in one. */
const localeRow = z.object({
  encoding: z.string(),
  is: z.object({
    datcollate: z.string(),
    datctype: z.string(),
    datlocprovider: z.string(),
    datlocale: z.string().nullish(),
    daticulocale: z.string().nullish(),
    daticurules: z.string().nullish(),
  }),
})
const localeQuery = `select pg_encoding_to_char(d.encoding) as encoding, to_jsonb(d) as is from pg_database d where d.datname = $1`

/**
 * The portal's own `ALTER DATABASE … SET` (its search_path above all): generated columns and CHECKs of a copy may need it when rows are written.
 * What our role may not set (a superuser's settings, settings of the customer's own making) is left out: only a copy lacks it, never the portal.
 */
export async function carryDatabaseSettings(admin: pg.Client, from: string, to: string): Promise<void> {
  const { settings } = await readProperties(admin, from)
  for (const setting of settings) {
    try {
      await admin.query(settingStatement(to, setting))
    } catch (error) {
      if (sqlState(error) !== '42501') throw error
    }
  }
}

/** Runs a statement that the signal can cancel on the server; throws the signal's reason. */
export async function cancellable<T>(
  client: pg.Client,
  adminUrl: string,
  signal: AbortSignal,
  run: () => Promise<T>,
): Promise<T> {
  signal.throwIfAborted()
  const pid = await backendPid(client)
  const cancelled: Promise<unknown>[] = []
  const cancel = () => {
    cancelled.push(withClient(adminUrl, undefined, (other) => other.query('select pg_cancel_backend($1)', [pid])))
  }
  signal.addEventListener('abort', cancel, { once: true })
  try {
    return await run()
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    signal.removeEventListener('abort', cancel)
    await Promise.all(cancelled)
  }
}

const lockClass = 0x5244 // 'RD'

/**
 * Lets us read or write a copy. Several readers may be in at once, in any process; the last one closes the door. Whoever needs nobody in
 * (a template, a prune, a rename) takes `alone`. The locks live with the connection, so a kill leaves none behind.
 */
export async function withCopy<T>(adminUrl: string, databaseName: string, use: () => Promise<T>): Promise<T> {
  refuseOthers(databaseName)
  const admin = await connect(adminUrl)
  try {
    await admin.query('select pg_advisory_lock_shared($1, hashtext($2))', [lockClass, databaseName])
    if ((await readDatabase(admin, databaseName)) === null) {
      throw new AdapterRefused({ code: 'snapshot_missing', facts: { because: `database ${databaseName} is not on the server` } })
    }
    await setDoor(admin, databaseName, true)
    try {
      return await use()
    } finally {
      await admin.query('select pg_advisory_unlock_shared($1, hashtext($2))', [lockClass, databaseName])
      await closeIfUnused(admin, databaseName)
    }
  } finally {
    await admin.end()
  }
}

/** Runs `use` while no one of ours is in the copy, waiting for readers to leave. The copy is closed. */
export async function alone<T>(adminUrl: string, databaseName: string, use: (admin: pg.Client) => Promise<T>): Promise<T> {
  refuseOthers(databaseName)
  return withClient(adminUrl, undefined, async (admin) => {
    await admin.query('select pg_advisory_lock($1, hashtext($2))', [lockClass, databaseName])
    const row = await readDatabase(admin, databaseName)
    if (row?.allowsConnections && row.connectionLimit !== invalidConnectionLimit) await setDoor(admin, databaseName, false)
    return use(admin)
  })
}

/** Closes a copy that a killed reader left open. True when it was open and unused. */
export async function closeIfUnused(admin: pg.Client, databaseName: string): Promise<boolean> {
  const { rows } = await admin.query<{ got: boolean }>('select pg_try_advisory_lock($1, hashtext($2)) as got', [
    lockClass,
    databaseName,
  ])
  if (!rows[0]?.got) return false
  try {
    const row = await readDatabase(admin, databaseName)
    if (row?.allowsConnections) await setDoor(admin, databaseName, false)
    return row?.allowsConnections ?? false
  } finally {
    await admin.query('select pg_advisory_unlock($1, hashtext($2))', [lockClass, databaseName])
  }
}

/** Doors of copies only: a portal's door is never ours to turn, but by the bar. */
function refuseOthers(databaseName: string): void {
  if (!isCopyName(databaseName)) throw new Error(`database ${databaseName} is not a copy of ours`)
}

/** Two of our readers may turn the same door at once; the server would answer one of them "tuple concurrently updated". */
async function setDoor(admin: pg.Client, databaseName: string, open: boolean): Promise<void> {
  await admin.query('begin')
  try {
    await admin.query('select pg_advisory_xact_lock($1, 0)', [lockClass])
    await admin.query(`alter database ${quoteName(databaseName)} with allow_connections ${open}`)
    await admin.query('commit')
  } catch (error) {
    await admin.query('rollback')
    throw error
  }
}
