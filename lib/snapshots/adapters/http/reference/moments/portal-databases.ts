import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'
import { z } from 'zod'
import type { PortalRef } from '../../../../port.ts'
import { select, sqlState, withClient } from '../../../postgres/connect.ts'
import { readDatabases } from '../../../postgres/marker.ts'
import { isCopyName } from '../../../postgres/names.ts'

const notedSchema = z.record(z.string(), z.array(z.object({ oid: z.number(), since: z.coerce.date().nullable() })))
type Noted = z.infer<typeof notedSchema>
type Portal = Pick<PortalRef, 'id' | 'databaseName' | 'adminUrl'>

/**
 * Which databases of the server a portal was, by oid. A name is not enough to know one by: at another moment it may have been another customer's. A restore by swap
 * gives the portal another database, and its name goes with it; so each that bore it while the desk spoke of the portal is noted here.
 */
export class PortalDatabases {
  readonly #path: string
  #writing: Promise<unknown> = Promise.resolve()

  constructor(directory: string) {
    this.#path = join(directory, 'portals.json')
  }

  /** Notes the database that is the portal now. Null where there is none of its name. */
  async note({ id, databaseName, adminUrl }: Portal): Promise<{ since: Date | null } | null> {
    const found = await withClient(adminUrl, undefined, async (admin) => {
      const all = await readDatabases(admin)
      const live = all.find(({ name }) => name === databaseName)
      return live ? { oid: live.oid, since: await madeAt(admin, live.oid) } : null
    })
    if (!found) return null
    const noted = await this.#add(id, found)
    const sinces = noted.map(({ since }) => since)
    // The oldest that is known of; where one's is not, nothing is.
    const oldest = sinces.every((since) => since !== null) ? sinces.sort((a, b) => Number(a) - Number(b))[0] : null
    return { since: oldest ?? null }
  }

  /** The database that was the portal on another server's moment; null where none was, or only one that is not known to be. */
  async find({ id, databaseName, adminUrl }: Portal, superUrl: string): Promise<string | null> {
    const copies = (await withClient(adminUrl, undefined, readDatabases)).filter(({ marker }) => marker?.portalId === id)
    const noted = (await this.#read())[id] ?? []
    const known = new Set([...noted, ...copies].map(({ oid }) => oid))
    const then = (await withClient(superUrl, undefined, readDatabases)).filter(({ oid }) => known.has(oid))
    const [other, ...more] = then.filter(({ name }) => !isCopyName(name))
    const named = then.find(({ name }) => name === databaseName)
    return named?.name ?? (more.length === 0 ? (other?.name ?? null) : null)
  }

  /** One after the other, and whole or not at all. */
  async #add(id: string, database: Noted[string][number]): Promise<Noted[string]> {
    const adding = this.#writing.then(async () => {
      const noted = await this.#read()
      const own = noted[id] ?? []
      if (own.some(({ oid }) => oid === database.oid)) return own
      const all = [...own, database]
      const half = `${this.#path}.${crypto.randomUUID()}`
      await writeFile(half, JSON.stringify({ ...noted, [id]: all }), { mode: 0o600 })
      await rename(half, this.#path)
      return all
    })
    this.#writing = adding.catch(() => undefined)
    return adding
  }

  async #read(): Promise<Noted> {
    try {
      return notedSchema.parse(JSON.parse(await readFile(this.#path, 'utf8')))
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return {}
      throw cause
    }
  }
}

/** When a database was created, by the file that is written with it and never again. Null where the role may not look. */
async function madeAt(admin: pg.Client, oid: number): Promise<Date | null> {
  try {
    const [file] = await select(
      admin,
      z.object({ at: z.coerce.date() }),
      `select (pg_stat_file('base/' || $1 || '/PG_VERSION')).modification + interval '1 second' as at`,
      [String(oid)],
    )
    return file?.at ?? null
  } catch (error) {
    if (sqlState(error) === '42501') return null
    throw error
  }
}
