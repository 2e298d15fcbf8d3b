import fc from 'fast-check'
import { bringUpToDate } from '../../bring-up-to-date.ts'
import { readCatalogue, rowTables } from '../../catalogue.ts'
import { nameKey } from '../../names.ts'
import { closeSide, one, openSide, type Side } from '../../side.ts'
import { makePortal, type Portal, restore, withSides } from '../../testing/portal.ts'
import type { TestServer } from '../../testing/servers.ts'
import { type Baseline, measureBaseline, readOrigin } from '../baseline.ts'
import { crossCheckWays } from '../cross-check.ts'
import { packBaseline, unpackBaseline } from '../pack-baseline.ts'
import { baselineOfReplaced, rebaselineOther, rebaselineRestored } from '../rebaseline.ts'
import { blocksWrittenSince, summariesFromHere } from '../wal-summaries.ts'

const tableCount = 6

/** Keys of several kinds and none, values out of line, partitions, an enum, names of other tables. */
const schema = `CREATE TYPE mood AS ENUM ('sad', 'glad');
  CREATE TABLE named (id int PRIMARY KEY);
  CREATE TABLE t0 (id int PRIMARY KEY, v text);
  CREATE TABLE t1 (id int, part text DEFAULT 'a', v text, PRIMARY KEY (part, id));
  CREATE TABLE t2 (id int, v text);
  CREATE TABLE t3 (id int, v text, m mood DEFAULT 'sad', PRIMARY KEY (id)) PARTITION BY HASH (id);
  CREATE TABLE t3_0 PARTITION OF t3 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
  CREATE TABLE t3_1 PARTITION OF t3 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
  CREATE TABLE t4 (id int PRIMARY KEY, v text, r regclass DEFAULT 'named_pkey');
  CREATE TABLE t5 (u uuid GENERATED ALWAYS AS (lpad(id::text, 32, '0')::uuid) STORED, id int UNIQUE NOT NULL, v text);
  INSERT INTO t0 SELECT g, md5(g::text) || repeat('p', g % 90) FROM generate_series(1, 3000) AS g;
  INSERT INTO t1 (id, v) SELECT g, md5(g::text) FROM generate_series(1, 500) AS g;
  INSERT INTO t2 SELECT g % 50, md5((g % 7)::text) FROM generate_series(1, 400) AS g;
  INSERT INTO t3 (id, v) SELECT g, md5(g::text) FROM generate_series(1, 600) AS g;
  INSERT INTO t4 (id, v) SELECT g, md5(g::text) FROM generate_series(1, 200) AS g;
  INSERT INTO t5 (id, v) SELECT g, md5(g::text) FROM generate_series(1, 300) AS g`

export function makeHistoryPortal(server: TestServer): Promise<Portal> {
  return makePortal(server, schema)
}

const kinds = [
  'insert',
  'update',
  'same',
  'long',
  'delete',
  'deleteTail',
  'vacuum',
  'freeze',
  'rollback',
  'savepoint',
  'lockRows',
  'read',
  'index',
  'refill',
  'vacuumFull',
  'truncate',
  'checkpoint',
  'moveKeys',
  'addColumn',
  'relabel',
] as const

/** One thing that happens to a portal; numbers choose where and how much. */
export const whatHappens = fc.record({
  kind: fc.constantFrom(...kinds),
  table: fc.nat({ max: tableCount - 1 }),
  at: fc.nat({ max: 3000 }),
  size: fc.integer({ min: 1, max: 400 }),
})
export type Happening = typeof whatHappens extends fc.Arbitrary<infer T> ? T : never

export async function happen(portal: Portal, events: readonly Happening[]): Promise<void> {
  for (const event of events) for (const statement of statementsFor(event)) await portal.run(statement)
}

/** A statement an entry: VACUUM and CHECKPOINT run by themselves, what must be one transaction is one entry. */
function statementsFor({ kind, table, at, size }: Happening): string[] {
  const t = `t${table}`
  const some = `id BETWEEN ${at} AND ${at + size}`
  const insert = `INSERT INTO ${t} (id, v) SELECT (SELECT coalesce(max(id), 0) FROM ${t}) + g, repeat('n', ${size % 200}) FROM generate_series(1, ${size}) AS g`
  switch (kind) {
    case 'insert':
      return [insert]
    case 'update':
      return [`UPDATE ${t} SET v = v || 'u' WHERE ${some}`]
    case 'same':
      return [`UPDATE ${t} SET v = v WHERE ${some}`]
    case 'long':
      return [
        `UPDATE ${t} SET v = (SELECT string_agg(md5((g + ${at})::text), '') FROM generate_series(1, ${size}) AS g) WHERE id = ${at % 300}`,
      ]
    case 'delete':
      return [`DELETE FROM ${t} WHERE ${some}`]
    case 'deleteTail':
      return [`DELETE FROM ${t} WHERE id > (SELECT max(id) - ${size * 4} FROM ${t})`, `VACUUM ${t}`]
    case 'vacuum':
      return [`VACUUM ${t}`]
    case 'freeze':
      return [`VACUUM (FREEZE) ${t}`]
    case 'rollback':
      return [`BEGIN; DELETE FROM ${t} WHERE ${some}; ${insert}; ROLLBACK`]
    case 'savepoint':
      return [
        `BEGIN; SAVEPOINT a; UPDATE ${t} SET v = 'x' WHERE ${some}; ROLLBACK TO a; UPDATE ${t} SET v = 'y' WHERE id = ${at}; COMMIT`,
      ]
    case 'lockRows':
      return [`BEGIN; SELECT FROM ${t} WHERE ${some} FOR UPDATE; COMMIT`]
    case 'read':
      return [`SELECT count(*) FROM ${t} WHERE v LIKE '%q%'`]
    case 'index':
      return [`CREATE INDEX ON ${t} (id)`]
    case 'refill':
      return [`DELETE FROM ${t}`, `VACUUM ${t}`, insert]
    case 'vacuumFull':
      return [`VACUUM FULL ${t}`]
    case 'truncate':
      return [`TRUNCATE ${t}`, insert]
    case 'checkpoint':
      return ['CHECKPOINT']
    case 'moveKeys':
      return [`UPDATE ${t} SET id = id + 100000 WHERE id = ${at}`]
    case 'addColumn':
      return [`ALTER TABLE ${t} DROP COLUMN v`, `ALTER TABLE ${t} ADD COLUMN v text DEFAULT 'now ${at}'`]
    case 'relabel':
      return [
        `ALTER TYPE mood RENAME VALUE 'sad' TO 'none'; ALTER TYPE mood RENAME VALUE 'glad' TO 'sad'; ALTER TYPE mood RENAME VALUE 'none' TO 'glad'`,
      ]
  }
}

/** What the desk itself does, which writes rows anew, of the portal or of a copy, as no statement does. */
const desksOwn = fc.record({
  kind: fc.constantFrom('restore', 'undo', 'captureOnline', 'captureWhole', 'swap'),
  /** To which copy a swap leads, from the newest on: after another swap, that is what it replaced. */
  back: fc.nat({ max: 4 }),
})

/** One thing that happens to a portal of which there is a copy. */
export const whatHappensSince = fc.oneof({ weight: 4, arbitrary: whatHappens }, { weight: 1, arbitrary: desksOwn })
type HappeningSince = typeof whatHappensSince extends fc.Arbitrary<infer T> ? T : never

const everything = { kind: 'all' } as const

/**
 * Gives every copy that was made, the newest last, each with what is kept of it by then. What cannot be done after the structure has moved is not done: captured
 * whole, or not restored.
 */
export async function happenSince(
  server: TestServer,
  portal: Portal,
  first: CopyWithBaseline,
  events: readonly HappeningSince[],
): Promise<readonly [CopyWithBaseline, ...CopyWithBaseline[]]> {
  let copies: [CopyWithBaseline, ...CopyWithBaseline[]] = [first]
  let safety: { url: string } | null = null
  for (const event of events) {
    if ('table' in event) {
      await happen(portal, [event])
      continue
    }
    const newest = copies.at(-1) ?? first
    if (event.kind === 'restore') {
      const before = await portal.copy()
      const { outcome } = await restore(portal.url, newest.url, everything)
      if (outcome === 'committed') safety = before
    } else if (event.kind === 'undo') {
      if (safety !== null) await restore(portal.url, safety.url, everything)
      safety = null
    } else if (event.kind === 'captureOnline') {
      copies.push((await captureOnline(portal, newest)) ?? (await copyWithBaseline(server, portal)))
    } else if (event.kind === 'captureWhole') copies.push(await copyWithBaseline(server, portal))
    else copies = await swap(server, portal, copies, copies[copies.length - 1 - (event.back % copies.length)] ?? newest)
  }
  return copies
}

/** As the desk does it: a clone of the copy takes the portal's name, the replaced database becomes the newest copy, and what is kept of all is made to hold. */
export async function swap(
  server: TestServer,
  portal: Portal,
  copies: readonly CopyWithBaseline[],
  to: CopyWithBaseline,
): Promise<[CopyWithBaseline, ...CopyWithBaseline[]]> {
  const admin = await openSide({ connectionString: server.url('postgres'), applicationName: 'engine-test' })
  try {
    const clone = await portal.copy(to.name)
    const origin = { ...(await readOrigin(admin, clone.name)), blocks: await summariesFromHere(admin) }
    const { databaseOid: replacedOid } = await readOrigin(admin, portal.name)
    // What is protected is carried before the names change: rows that neither side's files had.
    await server.query(
      clone.name,
      "DELETE FROM t5 WHERE id IN (SELECT id FROM t5 ORDER BY id LIMIT 2); UPDATE t1 SET v = 'carried' WHERE id % 90 = 1",
    )
    const kept = await portal.giveWay(clone.name)
    const how = { origin, replacedOid, restored: to.baseline }
    const swapped: CopyWithBaseline[] = []
    for (const copy of copies) {
      const baseline =
        copy === to
          ? await inCopy(copy, (side) => rebaselineRestored(side, how))
          : copy.baseline && (await rebaselineOther(admin, copy.baseline, how))
      swapped.push({ ...copy, baseline: baseline ?? copy.baseline })
    }
    const own = await inCopy(kept, async (side) => baselineOfReplaced(side, how, await countRowsOf(side)))
    const ofKept = own && (await rebaselineOther(admin, own, how))
    const [oldest, ...later] = [...swapped, { ...kept, baseline: ofKept && unpackBaseline(packBaseline(ofKept)) }]
    if (oldest === undefined) throw new Error('a swap leaves what it replaced')
    return [oldest, ...later]
  } finally {
    await closeSide(admin)
  }
}
/** As an online capture makes it: the copy before, brought up to date, with what is kept of both. Null where more than rows has moved. */
async function captureOnline(portal: Portal, before: CopyWithBaseline): Promise<CopyWithBaseline | null> {
  const made = await portal.copy(before.name)
  const open = (url: string, replica: boolean) => openSide({ connectionString: url, applicationName: 'engine-test', replica })
  const [copy, live] = [await open(made.url, true), await open(portal.url, false)]
  try {
    const since = before.baseline && (await summariesFromHere(live))
    const brought = await bringUpToDate({ copy, live, previous: before.baseline })
    if (brought.outcome === 'not_rows_only') return null
    const origin = { ...brought.origin, blocks: before.baseline?.origin.blocks ?? null }
    const sameSource = before.baseline?.origin.databaseOid === origin.databaseOid
    const written = since && sameSource ? await blocksWrittenSince(copy, copy.databaseOid, since) : null
    const measured =
      before.baseline && written
        ? await measureBaseline(copy, origin, { previous: before.baseline, written })
        : await measureBaseline(copy, { ...origin, blocks: null }, null)
    return { ...made, baseline: unpackBaseline(packBaseline(measured)) }
  } finally {
    await Promise.all([closeSide(copy), closeSide(live)])
  }
}

/** Nothing is kept of what a swap replaced, where the server has no WAL summaries. */
export type CopyWithBaseline = { readonly url: string; readonly name: string; readonly baseline: Baseline | null }

async function inCopy<T>({ url }: { url: string }, use: (copy: Side) => Promise<T>): Promise<T> {
  const copy = await openSide({ connectionString: url, applicationName: 'engine-test' })
  try {
    return await use(copy)
  } finally {
    await closeSide(copy)
  }
}

async function countRowsOf(side: Side): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  for (const table of rowTables(await readCatalogue(side, everything))) {
    const { count } = await one<{ count: string }>(side, `SELECT count(*)::text AS count FROM ONLY ${table.quoted}`)
    counts.set(nameKey(table), Number(count))
  }
  return counts
}

/** A copy of the files while nobody is in, as a physical capture makes it, with what is kept of it. */
export async function copyWithBaseline(server: TestServer, portal: Portal): Promise<CopyWithBaseline & { baseline: Baseline }> {
  await portal.run('VACUUM (FREEZE)')
  await portal.run('CHECKPOINT')
  const live = await openSide({ connectionString: portal.url, applicationName: 'engine-test' })
  const origin = { ...(await readOrigin(live, live.database)), blocks: await summariesFromHere(live) }
  await closeSide(live)
  const made = await portal.copy()
  const measured = await inCopy({ url: server.url(made.name) }, (copy) => measureBaseline(copy, origin, null))
  return { ...made, baseline: unpackBaseline(packBaseline(measured)) }
}

/** The same difference by each way, at one instant: the ways taken, by the tables too, and the digest of each answer. */
export async function compareEveryWay(liveUrl: string, { url, baseline }: CopyWithBaseline) {
  const checked =
    baseline && (await withSides(liveUrl, url, (live, snapshot) => crossCheckWays(live, snapshot, { kind: 'all' }, baseline)))
  if (checked === null) return { ways: [], tables: [], digests: [] }
  return {
    ways: checked.map(({ way }) => way),
    tables: checked.map(({ tablesByWay }) => tablesByWay),
    digests: checked.map(({ digest }) => digest),
  }
}
