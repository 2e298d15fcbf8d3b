import { chmodSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startChild, stopChild } from '#db/processes.ts'
import { listWith, textWith } from '#db/testing/matchers.ts'
import type { Captured, Outcome, PortalRef, RestoreRequest } from '../../port.ts'
import { call, copiesOf, makePortal, type TestPortal } from '../postgres/testing/portal.ts'
import { serversWithPrograms } from '../postgres/testing/servers.ts'
import { resticAdapter } from './adapter.ts'
import { readArchives, recordSchema, tagsOf, writeRecord } from './archives.ts'
import { dumpPortal } from './dump-portal.ts'
import { readLocks } from './locks.ts'
import type { Repository } from './repository.ts'
import { copyOf, flipByte, largestPack, makeRepository, packsOf, restic, resticWith } from './testing/repository.ts'

const [server] = serversWithPrograms()

describe('S121 what can befall a repository', { timeout: 200_000 }, () => {
  let stop: () => Promise<void>
  let portal: TestPortal
  let whole: ReturnType<typeof makeRepository>
  let kept: { ok: true } & Captured

  beforeAll(async () => {
    if (!server) throw new Error('there is no server with its own programs')
    const started = await server.start()
    stop = started.stop
    portal = await makePortal(started.url)
    await portal.run(`set role ${portal.owner}`, nasty)
    whole = makeRepository()
    kept = must(await adapterOf(whole).capture(captureOf(portal.ref), call()))
    await portal.run(`update crm.deals set amount = 0`, `delete from crm.deals where id > 190`)
  }, 200_000)

  afterAll(async () => {
    await portal.drop()
    whole.drop()
    await stop()
  })

  test('a portal of many kinds of objects is the same after a dump and a load: nothing has drifted, and only rows differ', async () => {
    expect(await adapterOf(whole).verify(portal.ref, kept.snapshot, kept.manifest)).toEqual({ ok: true })
    const compared = await adapterOf(whole).compare({
      portal: portal.ref,
      snapshot: kept.snapshot,
      scope: 'full',
      columns: [],
      examplesPerTable: 0,
      edgeHandling: { '*': 'null' },
    })
    expect(compared).toMatchObject({ drift: [], total: { missing: 10, newer: 0, changed: 190 } })
    expect(await copiesOf(portal)).toEqual([])
  })

  test.each([
    ['a flipped byte in a pack', flipByte, 'ciphertext verification failed'],
    ['a missing pack', (path: string) => rmSync(path), 'no such file'],
  ])('%s: the snapshot is bad with the reason, health is red, nothing is restored from it', async (_, spoil, because) => {
    const repository = copyOf(whole)
    spoil(largestPack(repository))
    const adapter = adapterOf(repository)
    const before = await contents()
    expect(await adapter.verify(portal.ref, kept.snapshot, kept.manifest)).toMatchObject({
      ok: false,
      problems: [{ problem: textWith(because) }],
    })
    const refused = await adapter.restore(restoreOf(), call())
    expect(refused).toMatchObject({ ok: false, refusal: { code: 'contents_differ' } })
    const health = await adapter.health(portal.ref, null)
    expect(health).toMatchObject({ ok: false, problems: [{ code: 'contents_differ' }] })
    expect(await contents()).toBe(before)
    expect(await copiesOf(portal)).toEqual([])
  })

  test('a record that got lost: a proof says so, whoever has read it before goes on with what it said, nobody else has it', async () => {
    const repository = copyOf(whole)
    const adapter = adapterOf(repository)
    const packs = () => packsOf(repository)
    let before: string[] = []
    const observe = async (boundary: string) => {
      if (boundary === 'capture.describe') before = packs()
    }
    const { snapshot, manifest } = must(await adapter.capture(captureOf(portal.ref), call({ observe })))
    const compared = { portal: portal.ref, snapshot, scope: 'full' as const, columns: [], examplesPerTable: 0, edgeHandling: {} }
    expect(await adapter.compare(compared)).toMatchObject({ total: { missing: 0, newer: 0, changed: 0 } })
    for (const path of packs().filter((pack) => !before.includes(pack))) rmSync(path)
    const problems = [{ problem: textWith('no such file') }]
    expect(await adapter.verify(portal.ref, snapshot, manifest)).toMatchObject({ ok: false, problems })
    expect(await adapter.compare(compared)).toMatchObject({ total: { missing: 0, newer: 0, changed: 0 } })
    await expect(adapter.describe(portal.ref, snapshot)).rejects.toThrow('no such file')
  })

  test('a wrong password: health is red, no snapshot is called bad for it, nothing is captured, and neither password nor address is told', async () => {
    const repository = copyOf(whole)
    writeFileSync(repository.passwordFile, 'battery staple\n')
    const adapter = adapterOf(repository)
    const health = await adapter.health(portal.ref, null)
    expect(health).toMatchObject({
      ok: false,
      problems: [{ code: 'repository_unavailable', words: textWith('wrong password') }],
    })
    const captured = await adapter.capture(captureOf(portal.ref), call())
    expect(captured).toMatchObject({ ok: false, refusal: { code: 'repository_unavailable' } })
    await expect(adapter.verify(portal.ref, kept.snapshot, kept.manifest)).rejects.toThrow('wrong password')
    expect(JSON.stringify([health, captured])).not.toMatch(/battery|horse|secret/)
    expect(JSON.stringify([health, captured])).not.toContain(repository.address)
  })

  test('a lock of a killed backup is taken away, one of a running backup is not', async () => {
    const repository = copyOf(whole)
    const adapter = adapterOf(repository)
    const killed = await startBackup(repository)
    await stopChild(killed, 'SIGKILL', 1_000)
    expect(await readLocks(repository)).toMatchObject([{ pid: killed.pid, gone: true }])
    const running = await startBackup(repository)
    await expect(adapter.prune(portal.ref, kept.snapshot)).rejects.toThrow('already locked')
    expect(await readLocks(repository)).toMatchObject([{ pid: running.pid, gone: false }])
    const unchecked = textWith(`not checked: a lock by process ${running.pid}`)
    expect(await adapter.health(portal.ref, null)).toMatchObject({ ok: true, notes: listWith([unchecked]) })
    await stopChild(running, 'SIGINT', 10_000)
    expect((await adapter.health(portal.ref, null)).notes.join()).not.toContain('not checked')
  })

  test('S107 an interrupted capture leaves no snapshot, and recover takes what it left of itself and of nobody else', async () => {
    const repository = copyOf(whole)
    const adapter = adapterOf(repository)
    const foreign = restic(repository, 'backup', '--tag', 'somebody', repository.passwordFile)
    expect(foreign.status).toBe(0)
    const observe = async (boundary: string) => {
      if (boundary === 'capture.describe') throw new Error('stopped by hand')
    }
    await expect(adapter.capture(captureOf(portal.ref), call({ observe }))).rejects.toThrow('stopped by hand')
    expect(await adapter.list(portal.ref)).toMatchObject([kept.snapshot])
    const recovered = await adapter.recover({ portal: portal.ref, keep: [kept.snapshot], busy: [] })
    expect(recovered).toMatchObject({ removed: [{ why: 'its making was interrupted' }], unclaimed: [] })
    expect(await readArchives(repository, portal.ref)).toMatchObject({ halfMade: [], finished: [kept.snapshot] })
    await adapter.prune(portal.ref, kept.snapshot)
    expect(await adapter.list(portal.ref)).toEqual([])
    expect(restic(repository, 'snapshots', '--json', '--tag', 'somebody').stdout).toContain('somebody')
  })

  test('a pg_dump that dies half way leaves no archive, whatever it wrote until then', async () => {
    const repository = copyOf(whole)
    const dump = join(repository.home, 'dump-that-dies')
    writeFileSync(dump, '#!/bin/sh\nhead -c 3000000 /dev/urandom\necho "server closed the connection" >&2\nexit 1\n')
    chmodSync(dump, 0o755)
    const of = { snapshotId: 'half', name: 'half', exportedSnapshot: 'none', encoding: 'UTF8' }
    const programs = { dump, restore: dump, version: '15.18' }
    const dumped = dumpPortal(repository, programs, portal.ref, of, new AbortController().signal)
    await expect(dumped).rejects.toThrow('server closed the connection')
    expect(await readArchives(repository, portal.ref)).toMatchObject({ halfMade: [], finished: [kept.snapshot] })
    expect(await readLocks(repository)).toEqual([])
  })

  test('S120 a dump that somebody with the password put in its place is refused before anything of it is loaded', async () => {
    const repository = copyOf(whole)
    const adapter = adapterOf(repository)
    const { finished } = await readArchives(repository, portal.ref)
    const record = recordSchema.parse(JSON.parse(restic(repository, 'dump', finished[0]?.recordId ?? '', '/record.json').stdout))
    const tags = tagsOf(record, 'kind:archive')
    const file = ['--stdin', '--stdin-filename', 'portal.dump', '--tag', tags]
    expect(resticWith(repository, 'create role intruder superuser', 'backup', ...file).status).toBe(0)
    const archiveId = idsTagged(repository, 'kind:archive').find((id) => id !== record.archiveId) ?? ''
    restic(repository, 'forget', finished[0]?.recordId ?? '')
    await writeRecord(repository, { ...record, archiveId })
    const sealed = { ...kept.snapshot, baseline: kept.baseline }
    const expected = {
      ok: false,
      problems: [{ problem: textWith('not the one that was written at the capture') }],
    }
    expect(await adapter.verify(portal.ref, sealed, kept.manifest)).toMatchObject(expected)
    // Without what the caller keeps, the recorded sum still tells a dump that is not the recorded one.
    expect(await adapter.verify(portal.ref, kept.snapshot, kept.manifest)).toMatchObject({
      ok: false,
      problems: [{ problem: textWith('not the one that was recorded') }],
    })
    expect(await copiesOf(portal)).toEqual([])
  })

  test('objects of a role that ours is no member of cannot be loaded again: health says so, with the statement that helps', async () => {
    await portal.run('create table crm.foreign_owned (a int)')
    onTestFinished(() => portal.run('drop table crm.foreign_owned'))
    expect(await adapterOf(whole).health(portal.ref, null)).toMatchObject({
      ok: false,
      problems: [{ code: 'role_lacks_right', words: textWith(`GRANT postgres TO ${portal.vendor}`) }],
    })
  })

  function restoreOf(): RestoreRequest {
    return {
      portal: portal.ref,
      snapshot: kept.snapshot,
      safety: kept.snapshot,
      scope: 'crm',
      way: 'in_place',
      edgeHandling: {},
      consented: { digest: '', wiped: new Uint8Array(), toleranceRows: 0 },
      journalDirectory: portal.directory,
      giveBackFrom: null,
      limits: { lockWaitMs: 1_000, lockHeldMs: 1_000 },
    }
  }

  function contents(): Promise<string | null> {
    return portal.ask(`select string_agg(d::text, '|' order by id) from crm.deals d`)
  }
})

/** What a dump says in other words, numbers anew, or leaves to the server. */
const nasty = `
  create type crm.stage as enum ('new', 'won', 'lost');
  create domain crm.mail as varchar(200) check (value in ('a@b', 'c@d') or value like '%@%');
  alter table crm.deals add column gone int, add column stage crm.stage not null default 'new',
    add column kind varchar(20) default 'sale' check (kind in ('sale', 'rent', 'it''s')), add column mail crm.mail,
    add column gross numeric generated always as (amount * 1.23) stored;
  alter table crm.deals drop column gone;
  create index on crm.deals (lower(title)) where stage <> 'lost';
  create function crm.touch() returns trigger language plpgsql as $$ begin return new; end $$;
  create trigger touch before update on crm.deals for each row execute function crm.touch();
  create table crm.events (at date not null, what text) partition by range (at);
  create table crm.events_2026 partition of crm.events for values from ('2026-01-01') to ('2027-01-01');
  insert into crm.events values ('2026-05-01', 'begun');
  create materialized view crm.totals as select stage, count(*) from crm.deals group by stage;
  create unlogged table crm.cache (k text); insert into crm.cache values ('gone');
  alter table crm.deals enable row level security; create policy everybody on crm.deals using (true);
  create sequence crm.numbers start 7`

const adapterOf = (repository: Repository) => resticAdapter(() => repository)

function captureOf(ref: PortalRef) {
  const snapshotId = crypto.randomUUID()
  return { portal: ref, snapshotId, purpose: 'snapshot', previous: null, mayBar: 'never', barTimeoutMs: 1_000 } as const
}

/** A backup that has taken its lock and waits for more input. */
async function startBackup(repository: Repository) {
  const { address, passwordFile, environment } = repository
  const known = new Set((await readLocks(repository)).map(({ id }) => id))
  const child = startChild('restic', ['backup', '--stdin', '--quiet'], {
    env: { NODE_ENV: 'test', ...environment, RESTIC_REPOSITORY: address, RESTIC_PASSWORD_FILE: passwordFile },
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  const isNew = (id: string) => /^[0-9a-f]{64}$/.test(id) && !known.has(id)
  while (!readdirSync(join(address, 'locks')).some(isNew)) await new Promise(setImmediate)
  return child
}

function idsTagged(repository: Repository, tag: string): string[] {
  return [...restic(repository, 'snapshots', '--json', '--tag', tag).stdout.matchAll(/"id":"([0-9a-f]{64})"/g)].map(
    ([, id]) => id ?? '',
  )
}

function must<T>(outcome: Outcome<T>): { ok: true } & T {
  if (outcome.ok) return outcome
  throw new Error(`refused: ${JSON.stringify(outcome.refusal)}`)
}
