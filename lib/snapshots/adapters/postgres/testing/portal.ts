import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { expect } from 'vitest'
import type { Call, PortalRef } from '../../../port.ts'
import { connect, quoteName, quoteText, withClient } from '../connect.ts'
import { readDatabases } from '../marker.ts'

/** One portal as a vendor would have it: a database owned by one role, used by another, and a third, no superuser, that captures and restores. */
export type TestPortal = {
  ref: PortalRef
  /** Of the portal's own ordinary user. */
  userUrl: string
  owner: string
  user: string
  vendor: string
  superUrl: string
  /** An empty directory, gone with the portal. */
  directory: string
  /** Runs statements in the portal as superuser. */
  run: (...statements: string[]) => Promise<void>
  /** One value, asked as superuser in the portal (or another database). */
  ask: (text: string, databaseName?: string) => Promise<string | null>
  drop: () => Promise<void>
}

const settled = `create schema crm; create schema intranet;
  create table crm.companies (id bigint generated always as identity primary key, name text not null);
  create table crm.deals (id bigint generated always as identity primary key, company_id bigint references crm.companies on delete cascade,
    title text not null, amount numeric(14, 2) not null default 0, entered_by text, entered_at timestamptz not null default now());
  create index on crm.deals (company_id);
  create table intranet.tasks (id bigint generated always as identity primary key, deal_id bigint references crm.deals on delete set null, title text not null);
  create view intranet.open_deals as select id, title from crm.deals where amount > 0;
  insert into crm.companies (name) select 'Company ' || n from generate_series(1, 20) n;
  insert into crm.deals (company_id, title, amount, entered_by) select 1 + n % 20, 'Deal ' || n, n, 'ann' from generate_series(1, 200) n;
  insert into intranet.tasks (deal_id, title) select n, 'Task ' || n from generate_series(1, 50) n;`

/** Makes the portal on a server whose superuser's address is `superUrl`; `name` may be anything a database may be called (S100). Without an `encoding` it has the server's. */
export async function makePortal(superUrl: string, name?: string, encoding?: string): Promise<TestPortal> {
  const id = crypto.randomUUID()
  const short = id.replaceAll('-', '').slice(0, 12)
  const [vendor, owner, user] = [`vendor_${short}`, `owner_${short}`, `user_${short}`]
  const databaseName = name ?? `portal_${short}`
  await withClient(superUrl, undefined, async (admin) => {
    await oneAtATime(admin)
    for (const role of [vendor, owner, user]) await admin.query(`create role ${role} login password 'secret'`)
    await admin.query(`alter role ${vendor} createdb bypassrls`)
    await admin.query(`grant pg_read_all_data, pg_write_all_data, pg_signal_backend, pg_monitor to ${vendor}`)
    await admin.query(`grant ${owner} to ${vendor}`)
    await admin.query(`grant set on parameter session_replication_role to ${vendor}`)
    const kept = encoding === undefined ? '' : `encoding ${quoteText(encoding)} locale 'C'`
    await admin.query(`create database ${quoteName(databaseName)} owner ${owner} template template0 ${kept}`)
  })
  await withClient(superUrl, databaseName, async (live) => {
    await live.query(
      `set role ${owner}; ${settled} grant usage on schema crm, intranet to ${user};
      grant select, insert, update, delete on all tables in schema crm, intranet to ${user}`,
    )
  })
  const directory = mkdtempSync(join(tmpdir(), 'restore-desk-portal-'))
  const urlAs = (role: string) => {
    const url = new URL(superUrl)
    url.username = role
    url.password = 'secret'
    return url.href
  }
  return {
    ref: { id, adminUrl: urlAs(vendor), databaseName, scopePatterns: { schemas: ['crm'], tables: [] } },
    userUrl: urlAs(user),
    owner,
    user,
    vendor,
    superUrl,
    directory,
    run: (...statements) =>
      withClient(superUrl, databaseName, async (live) => {
        for (const statement of statements) await live.query(statement)
      }),
    ask: (text, other) =>
      withClient(superUrl, other ?? databaseName, async (live) => {
        const result = await live.query<[string | null]>({ text: `select (${text})::text`, rowMode: 'array' })
        return result.rows[0]?.[0] ?? null
      }),
    drop: () => dropPortal(superUrl, id, databaseName, [vendor, owner, user], directory),
  }
}

/** A call that nobody watches, with what a test wants to be otherwise. */
export function call(change: Partial<Call> = {}): Call {
  return {
    idempotencyKey: crypto.randomUUID(),
    observe: async () => undefined,
    signal: new AbortController().signal,
    mayCommit: async () => true,
    ...change,
  }
}

/** Databases of the server that are ours and of this portal, by name. */
export async function copiesOf(portal: TestPortal): Promise<string[]> {
  const all = await withClient(portal.superUrl, undefined, readDatabases)
  return all
    .filter(({ ourName, marker, owner }) => ourName && (marker?.portalId === portal.ref.id || owner === portal.vendor))
    .map(({ name }) => name)
}

/**
 * Nobody of ours is left in these databases: a server forgets a session a moment after its client has gone, and looks after
 * a database by workers of its own, which are not ours.
 */
export async function expectNobodyIn(portal: TestPortal, databaseNames: readonly string[]): Promise<void> {
  const names = databaseNames.map(quoteText).join(',')
  const inside = `select count(*) from pg_stat_activity where backend_type = 'client backend' and datname in (${names})`
  await expect.poll(() => portal.ask(inside, 'postgres'), { timeout: 10_000 }).toBe('0')
}

/** Tries to get in as the given role every few milliseconds until stopped; counts what it reached. */
export function hammer(
  url: string,
  databaseNames: () => Promise<string[]>,
): { stop: () => Promise<{ tries: number; entered: string[] }> } {
  let going = true
  let tries = 0
  const entered: string[] = []
  const loop = async () => {
    while (going) {
      for (const name of await databaseNames()) {
        tries += 1
        try {
          const client = await connect(url, name)
          entered.push(name)
          await client.end()
        } catch {
          // Turned away, as it should be.
        }
      }
    }
  }
  const running = loop()
  return {
    stop: async () => {
      going = false
      await running
      return { tries, entered }
    },
  }
}

/**
 * Asks the catalogue without a pause whether any copy of ours lets one of these roles in: quicker than any client can connect, so that
 * even the instant between two statements is seen.
 */
export async function watchDoors(
  superUrl: string,
  roles: string[],
): Promise<{ stop: () => Promise<{ looks: number; open: string[] }> }> {
  const admin = await connect(superUrl)
  let going = true
  let looks = 0
  const open = new Set<string>()
  const loop = async () => {
    while (going) {
      looks += 1
      const found = await admin.query<{ name: string }>(
        `select datname as name from pg_database where datname ~ '^rd_[a-z2-7]{20}$' and datallowconn
         and exists (select from unnest($1::text[]) as role where has_database_privilege(role, oid, 'CONNECT'))`,
        [roles],
      )
      for (const { name } of found.rows) open.add(name)
    }
  }
  const running = loop()
  return {
    stop: async () => {
      going = false
      await running
      await admin.end()
      return { looks, open: [...open] }
    },
  }
}

async function dropPortal(superUrl: string, id: string, databaseName: string, roles: string[], directory: string): Promise<void> {
  rmSync(directory, { recursive: true, force: true })
  await withClient(superUrl, undefined, async (admin) => {
    for (const database of await readDatabases(admin)) {
      const ours =
        database.name === databaseName || database.marker?.portalId === id || (database.ourName && roles.includes(database.owner))
      if (ours) await admin.query(`drop database if exists ${quoteName(database.name)} with (force)`)
    }
    await oneAtATime(admin)
    for (const role of roles) await admin.query(`drop owned by ${role}; drop role ${role}`)
  })
}

/** Grants on parameters are shared by the whole server, and two at once stumble over each other; the lock goes with the connection. */
async function oneAtATime(admin: pg.Client): Promise<void> {
  await admin.query('select pg_advisory_lock(1, 1)')
}
