import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { textWith } from '#db/testing/matchers.ts'
import type { Found, SnapshotRef } from '../../port.ts'
import { call, makePortal, type TestPortal } from '../postgres/testing/portal.ts'
import { serversWithPrograms } from '../postgres/testing/servers.ts'
import { resticAdapter } from './adapter.ts'
import { type ArchiveRecord, readArchives, readRecord, tagsOf, writeRecord } from './archives.ts'
import type { Repository } from './repository.ts'
import { copyOf, makeRepository, restic, resticWith } from './testing/repository.ts'
import { running } from './testing/running.ts'

const [server] = serversWithPrograms()

/** Some 8 MB that no archive shares with another, so that each is read for a while. */
const rows = `truncate crm.deals cascade;
  insert into crm.deals (title) select 'Heron ' || (select string_agg(md5(random()::text || n || m), '') from generate_series(1, 40) m) from generate_series(1, 6000) n`

describe('S121 an archive that breaks while it is searched says so, and its neighbour answers', { timeout: 200_000 }, () => {
  let stop: () => Promise<void>
  let portal: TestPortal
  let whole: ReturnType<typeof makeRepository>
  let older: SnapshotRef
  let newer: SnapshotRef
  let packsOfOlder: Set<string>

  beforeAll(async () => {
    if (!server) throw new Error('there is no server with its own programs')
    const started = await server.start()
    stop = started.stop
    portal = await makePortal(started.url)
    whole = makeRepository()
    await portal.run(rows, `insert into crm.companies (id, name) overriding system value values (1001, 'Older walrus')`)
    older = await capture()
    packsOfOlder = new Set(packsOf(whole))
    await portal.run(rows, `insert into crm.companies (id, name) overriding system value values (1002, 'Newer walrus')`)
    newer = await capture()
    await portal.run(`delete from crm.companies where id > 1000`)
  }, 200_000)

  afterAll(async () => {
    await portal.drop()
    whole.drop()
    await stop()
  })

  const capture = async (): Promise<SnapshotRef> => {
    const snapshotId = crypto.randomUUID()
    const asked = {
      portal: portal.ref,
      snapshotId,
      purpose: 'snapshot',
      previous: null,
      mayBar: 'never',
      barTimeoutMs: 1_000,
    } as const
    const captured = await resticAdapter(() => whole).capture(asked, call())
    if (!captured.ok) throw new Error(captured.refusal.code)
    return captured.snapshot
  }
  const search = (repository: Repository): Promise<Found> =>
    resticAdapter(() => repository).search({
      portal: portal.ref,
      scope: 'full',
      points: [newer, older],
      words: 'walrus',
      columns: [],
      trail: null,
      limit: 9,
      timeLimitMs: 150_000,
    })

  /** Of `broken` nothing is told, and that is said; the other point tells all it has. */
  function expectOnlyOf(found: Found, broken: SnapshotRef, why: string, because: string): void {
    expect(found.unread).toEqual([{ id: broken.id, why, because: textWith(because) }])
    const other = broken === newer ? older : newer
    const ofOther =
      other === older
        ? [['1001', [older.id]]]
        : [
            ['1001', [newer.id]],
            ['1002', [newer.id]],
          ]
    expect(found.records.map(({ key, presentIn }) => [key.id, presentIn]).sort()).toEqual(ofOther)
    expect(found.records.every(({ live, unknownIn }) => live === false && unknownIn.join() === broken.id)).toBe(true)
    expect(found.leftOut).toContainEqual({ schema: 'crm', table: 'deals', why: 'unreadable' })
    expect([...running('restic'), ...running('pg_restore')]).toEqual([])
  }

  test('both are whole, and both answer', async () => {
    const { records, unread } = await search(whole)
    expect(unread).toEqual([])
    expect(records.map(({ key, presentIn }) => [key.id, presentIn.length]).sort()).toEqual([
      ['1001', 2],
      ['1002', 1],
    ])
  })

  test('a byte that went bad in the middle of the repository’s pieces', async () => {
    const repository = copyOf(whole)
    const packs = packsOf(repository).filter((path) => !packsOfOlder.has(path))
    flipMiddle(join(repository.address, packs[0] ?? ''))
    expectOnlyOf(await search(repository), newer, 'damaged', 'ciphertext verification failed')
  })

  test('an archive that was cut off, by whoever summed it after that', async () => {
    const repository = copyOf(whole)
    await replaceArchive(repository, (archive) => archive.subarray(0, archive.length / 2))
    expectOnlyOf(await search(repository), newer, 'damaged', 'end of file')
  })

  test('what is thrown while its rows flow by', async () => {
    const repository = copyOf(whole)
    await replaceRecord(repository, (record) => ({
      ...record,
      shapes: record.shapes?.map((shape) =>
        shape.name === 'deals' ? { ...shape, key: ['old id'], columns: renamed(shape.columns, 'id', 'old id') } : shape,
      ),
    }))
    expectOnlyOf(await search(repository), newer, 'failed', 'crm.deals was kept without its key')
  })

  test('a record that cannot be read', async () => {
    const repository = copyOf(whole)
    const { recordId } = await newest(repository)
    const record = await readRecord(repository, await newest(repository))
    restic(repository, 'forget', recordId)
    const tags = tagsOf(record, 'kind:record', `archive:${record.archiveId}`, `bytes:${record.bytes}`)
    resticWith(repository, '{"version', 'backup', '--stdin', '--stdin-filename', 'record.json', '--tag', tags)
    expectOnlyOf(await search(repository), newer, 'failed', 'JSON')
  })

  test.each(['pg_restore', 'restic'])('a %s that is killed in the middle', async (program) => {
    const searching = search(whole)
    const killed = killInTheMiddle(program)
    const [found] = await Promise.all([searching, killed])
    const [unread] = found.unread
    const broken = unread?.id === older.id ? older : newer
    expectOnlyOf(found, broken, 'failed', program === 'restic' ? 'restic said nothing' : 'pg_restore')
  })

  async function newest(repository: Repository) {
    const { finished } = await readArchives(repository, portal.ref)
    const archive = finished.find(({ databaseName }) => databaseName === newer.databaseName)
    if (!archive) throw new Error('there is no archive to spoil')
    return archive
  }

  async function replaceRecord(repository: Repository, change: (record: ArchiveRecord) => ArchiveRecord): Promise<void> {
    const archive = await newest(repository)
    const record = await readRecord(repository, archive)
    restic(repository, 'forget', archive.recordId)
    await writeRecord(repository, change(record))
  }

  /** Another archive in its place, with a record that says just that. */
  async function replaceArchive(repository: Repository, change: (archive: Buffer) => Buffer): Promise<void> {
    const record = await readRecord(repository, await newest(repository))
    const archive = change(bytesOf(repository, record.archiveId))
    const known = idsOf(repository)
    resticWith(
      repository,
      archive,
      'backup',
      '--stdin',
      '--stdin-filename',
      'portal.dump',
      '--tag',
      tagsOf(record, 'kind:archive'),
    )
    const [archiveId = ''] = [...idsOf(repository)].filter((id) => !known.has(id))
    const sha256 = createHash('sha256').update(archive).digest('hex')
    await replaceRecord(repository, (old) => ({ ...old, archiveId, sha256, bytes: archive.length }))
  }
})

const renamed = <T extends { name: string }>(columns: T[], from: string, to: string): T[] =>
  columns.map((column) => (column.name === from ? { ...column, name: to } : column))

const idsOf = (repository: Repository): Set<string> =>
  new Set([...restic(repository, 'snapshots', '--json').stdout.matchAll(/"id":"([0-9a-f]{64})"/g)].map(([, id]) => id ?? ''))

/** Paths below the repository, the largest first. */
function packsOf({ address }: Repository): string[] {
  const sized = readdirSync(join(address, 'data'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path: path.slice(address.length), size: readFileSync(path).length }))
  return sized.sort((one, other) => other.size - one.size).map(({ path }) => path)
}

function flipMiddle(path: string): void {
  const bytes = readFileSync(path)
  const middle = Math.floor(bytes.length / 2)
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle)
  chmodSync(path, 0o600)
  writeFileSync(path, bytes)
}

function bytesOf({ address, passwordFile, environment }: Repository, archiveId: string): Buffer {
  return spawnSync('restic', ['dump', archiveId, '/portal.dump'], {
    env: { NODE_ENV: 'test', ...environment, RESTIC_REPOSITORY: address, RESTIC_PASSWORD_FILE: passwordFile },
    maxBuffer: 2 ** 30,
  }).stdout
}

/** Kills the first of our children of that name that has passed a megabyte on, and has more to go. */
async function killInTheMiddle(program: string): Promise<void> {
  const isOnItsWay = (pid: string): boolean => {
    try {
      return Number(/^wchar: (\d+)/m.exec(readFileSync(join('/proc', pid, 'io'), 'utf8'))?.[1]) > 1_000_000
    } catch {
      // Gone between the two looks.
      return false
    }
  }
  const found = () => running(program).find(isOnItsWay)
  await expect.poll(found, { interval: 2, timeout: 60_000 }).toBeDefined()
  const pid = found()
  if (pid === undefined) throw new Error(`${program} was through before it could be killed`)
  process.kill(Number(pid), 'SIGKILL')
}
