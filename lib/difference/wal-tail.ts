import type { Table } from './catalogue.ts'
import { one, rows, type Side, sqlState } from './side.ts'

/**
 * Which blocks of the portal's tables were written since an instant, told by the server's own log: so that under the lock nothing but the tail of it has
 * to be read, however large the tables are. Whatever is not known for certain is left to the slower way, a pass over all rows.
 *
 * It needs PostgreSQL 16's `pg_get_wal_block_info`, which the extension pg_walinspect gives: in any database of the server, since the log is one.
 */
export type WalTail = {
  /** Reads what was written meanwhile, while nobody waits for it. */
  follow(): Promise<void>
  /**
   * The blocks that were written in each table, by its oid, up to now; asked by whoever holds the tables locked. A table that is not in it was
   * rewritten, or is none of the kind that this works for; null where the log could not be read as far as it is needed.
   */
  writtenBlocks(locked: Side): Promise<ReadonlyMap<number, readonly number[]> | null>
}

/** What is written in live's database by a transaction that was not over when `xid` was comes after `lsn` in the log. */
export type WalMark = { readonly wal: Side; readonly reader: string; readonly lsn: string; readonly xid: string }

/** More than this is not read: a pass over the rows would take no longer. Under the lock a tenth of it. */
const bytesAtMost = 256 * 1024 * 1024
/** A table of which more blocks were written is looked through as a whole. */
const blocksAtMost = 2_000
const oldWritersWaitMs = 1_000

/**
 * Marks the log before an instant is chosen. Writers of before are waited for a moment, since what they wrote may lie before the mark. Null where the log
 * cannot be read, or where a writer goes on for longer.
 */
export async function markWal(wal: Side | undefined, live: Side): Promise<WalMark | null> {
  const reader = wal && (await findReader(wal))
  if (!wal || !reader) return null
  const { lsn } = await one<{ lsn: string }>(wal, 'SELECT pg_current_wal_insert_lsn()::text AS lsn')
  // In a statement of its own: an xid that is given later than ours is given after the log stood at that point.
  const { xid } = await one<{ xid: string }>(wal, 'SELECT pg_current_xact_id()::text AS xid')
  const deadline = performance.now() + oldWritersWaitMs
  while (await isWritingStill(wal, xid, live.databaseOid)) {
    if (performance.now() > deadline) return null
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return { wal, reader, lsn, xid }
}

/**
 * The tail that begins at the mark, for what `frozen` sees. Null where its instant was chosen before the mark was made.
 */
export async function followWal(mark: WalMark | null, frozen: Side, tables: readonly Table[]): Promise<WalTail | null> {
  if (mark === null || !(await isLaterThan(frozen, mark.xid))) return null
  const files = await readFiles(frozen, tables)
  const written = new Map<string, Set<number>>()
  let readTo: string | null = mark.lsn
  const read = async (limit: number) => {
    if (readTo !== null) readTo = await readOn({ ...mark, lsn: readTo }, [...files.values()], written, limit)
  }
  return {
    follow: () => read(bytesAtMost),
    writtenBlocks: async (locked) => {
      await read(bytesAtMost / 10)
      if (readTo === null) return null
      const now = await readFiles(locked, tables)
      const blocks = new Map<number, readonly number[]>()
      for (const [oid, { space, node }] of files) {
        const still = now.get(oid)
        const found = [...(written.get(`${space}/${node}`) ?? [])]
        if (still?.space === space && still.node === node && found.length <= blocksAtMost) blocks.set(oid, found)
      }
      return blocks
    },
  }
}

/** Until when it was read, which is where a record ends; null where that could not be done. */
async function readOn(
  { wal, reader, lsn }: WalMark,
  files: readonly File[],
  written: Map<string, Set<number>>,
  limit: number,
): Promise<string | null> {
  try {
    // Written down for good before it is read: what others have committed is then, too. No standby is waited for.
    await rows(wal, `SET synchronous_commit = 'local'`)
    const { end } = await one<{ end: string }>(wal, `SELECT pg_logical_emit_message(true, 'restore_desk', '')::text AS end`)
    const { bytes } = await one<{ bytes: string }>(wal, 'SELECT pg_wal_lsn_diff($1, $2)::text AS bytes', [end, lsn])
    if (Number(bytes) > limit) return null
    const found = await rows<{ file: string; blocks: string[] }>(
      wal,
      `SELECT reltablespace::text || '/' || relfilenode::text AS file, array_agg(DISTINCT relblocknumber::text) AS blocks
       FROM ${reader}($1, $2, false)
       WHERE relforknumber = 0 AND relfilenode = ANY ($3::oid[]) AND reltablespace = ANY ($4::oid[])
         AND reldatabase = ANY ($5::oid[])
       GROUP BY 1`,
      [lsn, end, files.map(({ node }) => node), files.map(({ space }) => space), files.map(({ database }) => database)],
    )
    for (const { file, blocks } of found) {
      const known = written.get(file) ?? new Set()
      for (const block of blocks) known.add(Number(block))
      written.set(file, known)
    }
    return end
  } catch (error) {
    // The log is read for speed alone. Where the server will not (a segment is gone already, a right is lacking), the rows themselves tell.
    if (/^[0-9A-Z]{5}$/.test(sqlState(error) ?? '') && sqlState(error) !== '57014') return null
    throw error
  }
}

type File = { readonly space: string; readonly node: string; readonly database: string }

/** As the side's own snapshot shows it: a table that is rewritten later gets another file. Only what the server's own heap keeps, and logs. */
async function readFiles(side: Side, tables: readonly Table[]): Promise<Map<number, File>> {
  const found = await rows<{ oid: string; space: string; node: string; database: string }>(
    side,
    `SELECT c.oid::text, (CASE c.reltablespace WHEN 0 THEN d.dattablespace ELSE c.reltablespace END)::text AS space,
       c.relfilenode::text AS node, d.oid::text AS database
     FROM pg_class c JOIN pg_am a ON a.oid = c.relam CROSS JOIN pg_database d
     WHERE c.oid = ANY ($1::oid[]) AND d.datname = current_database() AND a.amname = 'heap' AND c.relpersistence = 'p'
       AND c.relfilenode <> 0`,
    [tables.map(({ oid }) => oid)],
  )
  return new Map(found.map(({ oid, ...file }) => [Number(oid), file]))
}

async function isLaterThan(frozen: Side, xid: string): Promise<boolean> {
  const { later } = await one<{ later: boolean }>(
    frozen,
    'SELECT pg_visible_in_snapshot($1::xid8, pg_current_snapshot()) AS later',
    [xid],
  )
  return later
}

/**
 * Is a transaction open in that database whose xid is as old? It may have written before the mark. One that has its xid and not yet the lock on it, by
 * which we know of it, has written nothing so far. Autovacuum has an xid while it analyses, and writes no rows of tables.
 */
async function isWritingStill(wal: Side, xid: string, databaseOid: number): Promise<boolean> {
  const { writing } = await one<{ writing: boolean }>(
    wal,
    `SELECT EXISTS (SELECT FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
       WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted AND age(l.transactionid) >= age($1::xid8::xid)
         AND coalesce(a.datid, $2::oid) = $2::oid AND a.backend_type IS DISTINCT FROM 'autovacuum worker') AS writing`,
    [xid, databaseOid],
  )
  return writing
}

/** The function's name, where the extension is installed in this database and we may use it. */
async function findReader(wal: Side): Promise<string | null> {
  const [found] = await rows<{ reader: string }>(
    wal,
    `SELECT quote_ident(n.nspname) || '.' || quote_ident(p.proname) AS reader
     FROM pg_extension e JOIN pg_depend d ON d.refobjid = e.oid AND d.deptype = 'e' AND d.classid = 'pg_proc'::regclass
       JOIN pg_proc p ON p.oid = d.objid JOIN pg_namespace n ON n.oid = p.pronamespace
     WHERE e.extname = 'pg_walinspect' AND p.proname = 'pg_get_wal_block_info' AND has_function_privilege(p.oid, 'EXECUTE')
       AND has_schema_privilege(n.oid, 'USAGE')`,
  )
  return found?.reader ?? null
}
