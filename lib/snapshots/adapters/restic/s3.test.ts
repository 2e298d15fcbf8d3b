import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { textWith } from '#db/testing/matchers.ts'
import type { Captured, Outcome, SnapshotRef } from '../../port.ts'
import { call, copiesOf, makePortal, type TestPortal } from '../postgres/testing/portal.ts'
import { serversWithPrograms } from '../postgres/testing/servers.ts'
import { resticAdapter } from './adapter.ts'
import type { Repository } from './repository.ts'
import { emptyRepository, initialise, makeRepository, restic } from './testing/repository.ts'
import { startS3 } from './testing/s3.ts'

const [server] = serversWithPrograms()

describe('a repository in an object store, reached by S3', { timeout: 200_000 }, () => {
  let stop: () => Promise<void>
  let portal: TestPortal
  let store: Awaited<ReturnType<typeof startS3>>
  let repository: ReturnType<typeof makeRepository>
  let first: Captured

  beforeAll(async () => {
    if (!server) throw new Error('there is no server with its own programs')
    const started = await server.start()
    stop = started.stop
    portal = await makePortal(started.url)
    store = await startS3()
    for (const [name, content] of Object.entries(emptyRepository)) store.put('archives', `portals/${name}`, content)
    repository = makeRepository({ address: store.address('archives/portals'), environment: store.keys, patienceMs: 500 })
    first = must(await adapterOf(repository).capture(captureOf(null), call()))
  }, 200_000)

  afterAll(async () => {
    await portal.drop()
    repository.drop()
    await store.drop()
    await stop()
  })

  test('two days are kept there, proved and checked; what was spoiled comes back from the second, and the first goes when it is pruned', async () => {
    const adapter = adapterOf(repository)
    await portal.run(`update crm.deals set amount = amount + 1 where id <= 5`, `insert into crm.deals (title) values ('new')`)
    const second = must(await adapter.capture(captureOf(first.snapshot), call()))
    expect(second).toMatchObject({ sessionsEnded: 0, changes: { missing: 0, newer: 1, changed: 5 } })
    expect(await adapter.list(portal.ref)).toMatchObject([first.snapshot, second.snapshot])
    const amounts = await portal.ask(amountsQuery)
    await portal.run(`update crm.deals set amount = 0 where id <= 50`, `insert into intranet.tasks (title) values ('since')`)
    const safety = must(await adapter.capture({ ...captureOf(null), purpose: 'safety', mayBar: 'when_needed' }, call()))
    const asked = { portal: portal.ref, snapshot: second.snapshot, scope: 'crm', edgeHandling: { '*': 'null' } } as const
    const { digest, wiped, total } = await adapter.compare({ ...asked, columns: [], examplesPerTable: 0 })
    expect(total).toEqual({ missing: 0, newer: 0, changed: 50 })
    const restored = await adapter.restore(
      {
        ...asked,
        safety: safety.snapshot,
        way: 'in_place',
        consented: { digest, wiped, toleranceRows: 0 },
        journalDirectory: mkdtempSync(join(portal.directory, 'journal-')),
        giveBackFrom: null,
        limits: { lockWaitMs: 5_000, lockHeldMs: 20_000 },
      },
      call(),
    )
    expect(restored).toMatchObject({ ok: true })
    expect(await portal.ask(amountsQuery)).toBe(amounts)
    expect(await portal.ask(`select count(*) from intranet.tasks where title = 'since'`)).toBe('1')
    expect(await adapter.verify(portal.ref, second.snapshot, second.manifest)).toEqual({ ok: true })
    // Every pack is asked for, and a sample read: `check --read-data-subset`.
    expect(await adapter.health(portal.ref, null)).toMatchObject({ ok: true, problems: [] })
    await adapter.prune(portal.ref, safety.snapshot)
    await adapter.prune(portal.ref, second.snapshot)
    expect(await adapter.list(portal.ref)).toMatchObject([first.snapshot])
    expect(await adapter.verify(portal.ref, first.snapshot, first.manifest)).toEqual({ ok: true })
  })

  test('a wrong key or secret: health is red with the reason, nothing is captured or called bad, and what is kept stays', async () => {
    const wrong = [
      [{ AWS_SECRET_ACCESS_KEY: 'a secret of before' }, 'The request signature we calculated does not match'],
      [{ AWS_ACCESS_KEY_ID: 'somebody else' }, 'The AWS Access Key Id you provided does not exist'],
    ] as const
    for (const [change, reason] of wrong) {
      const adapter = adapterOf({ ...repository, environment: { ...repository.environment, ...change } })
      const because = textWith(reason)
      const health = await adapter.health(portal.ref, null)
      expect(health).toMatchObject({ ok: false, problems: [{ code: 'repository_unavailable', words: because }] })
      const captured = await adapter.capture(captureOf(null), call())
      expect(captured).toMatchObject({ ok: false, refusal: { code: 'repository_unavailable', facts: { because } } })
      await expect(adapter.verify(portal.ref, first.snapshot, first.manifest)).rejects.toThrow(reason)
      await expect(adapter.list(portal.ref)).rejects.toThrow(reason)
      await expect(adapter.prune(portal.ref, first.snapshot)).rejects.toThrow(reason)
      expect(JSON.stringify([health, captured])).not.toMatch(/a secret of before|127\.0\.0\.1/)
    }
    expect(await adapterOf(repository).list(portal.ref)).toMatchObject([first.snapshot])
    expect(await adapterOf(repository).verify(portal.ref, first.snapshot, first.manifest)).toEqual({ ok: true })
  })

  test('the keys and the address are in restic’s environment, and on no command line', async () => {
    const { calls, environment } = listeningAt(repository)
    const adapter = adapterOf({ ...repository, environment })
    const { snapshot } = must(await adapter.capture(captureOf(first.snapshot), call()))
    await adapter.prune(portal.ref, snapshot)
    for (const command of ['snapshots', 'backup', 'dump', 'forget']) expect(calls()).toContain(command)
    for (const secret of [...Object.values(store.keys), repository.address, '127.0.0.1', 'correct horse'])
      expect(calls()).not.toContain(secret)
  })

  test('the store is gone when all of a capture is there but the entry that names it: no point is offered, the reason is told, and the next capture is whole', async () => {
    const adapter = adapterOf(repository)
    await store.restart('gone:snapshots')
    const because = textWith('connection refused')
    const captured = await adapter.capture(captureOf(null), call())
    expect(captured).toMatchObject({ ok: false, refusal: { code: 'repository_unavailable', facts: { because } } })
    await expect(adapter.list(portal.ref)).rejects.toThrow('connection refused')
    await store.restart()
    expect(await adapter.list(portal.ref)).toMatchObject([first.snapshot])
    const next = must(await adapter.capture(captureOf(null), call()))
    expect(await adapter.list(portal.ref)).toMatchObject([first.snapshot, next.snapshot])
    // What took its lock along is gone, and so is what it had sent.
    await adapter.prune(portal.ref, next.snapshot)
    expect(await adapter.health(portal.ref, null)).toMatchObject({ ok: true, problems: [] })
    expect(await adapter.verify(portal.ref, first.snapshot, first.manifest)).toEqual({ ok: true })
    expect(await copiesOf(portal)).toEqual([])
  })

  test('a lock that its owner takes away while we look at it stops nobody', async () => {
    const adapter = adapterOf(repository)
    const files = join(portal.directory, 'files')
    mkdirSync(files)
    writeFileSync(join(files, 'offer.txt'), 'ninety days')
    const ref = { ...portal.ref, filesPath: files }
    await store.restart('lock:8')
    onTestFinished(() => store.restart())
    const { snapshot, manifest } = must(await adapter.capture({ ...captureOf(first.snapshot), portal: ref }, call()))
    expect(await adapter.verify(ref, snapshot, manifest)).toEqual({ ok: true })
    rmSync(join(files, 'offer.txt'))
    const asked = { portal: ref, snapshot, scope: 'full', edgeHandling: { '*': 'null' } } as const
    const compared = await adapter.compare({ ...asked, columns: [], examplesPerTable: 0 })
    expect(compared.files).toMatchObject({ missing: 1, newer: 0, changed: 0 })
    await adapter.prune(ref, snapshot)
    expect(await adapter.list(portal.ref)).toMatchObject([first.snapshot])
  })

  test('`restic init` makes the bucket and the repository, once', () => {
    const other = { ...repository, address: store.address('new-bucket/portals') }
    initialise(other)
    expect(restic(other, 'snapshots', '--json').stdout.trim()).toBe('[]')
    expect(restic(other, 'init').status).not.toBe(0)
  })

  function captureOf(previous: SnapshotRef | null) {
    const snapshotId = crypto.randomUUID()
    return { portal: portal.ref, snapshotId, purpose: 'snapshot', previous, mayBar: 'never', barTimeoutMs: 10_000 } as const
  }
})

const amountsQuery = `select string_agg(id || ' ' || amount, ',' order by id) from crm.deals`

const adapterOf = (repository: Repository) => resticAdapter(() => repository)

/** The environment of a restic that writes down how it is called. */
function listeningAt({ home, environment }: ReturnType<typeof makeRepository>) {
  const folder = join(home, 'listening')
  mkdirSync(folder)
  const program = join(folder, 'restic')
  writeFileSync(program, `#!/bin/sh\necho "$@" >> ${folder}/calls\nPATH=$HEARD_PATH exec restic "$@"\n`)
  chmodSync(program, 0o755)
  const path = environment.PATH ?? ''
  return {
    calls: () => readFileSync(join(folder, 'calls'), 'utf8'),
    environment: { ...environment, PATH: `${folder}:${path}`, HEARD_PATH: path },
  }
}

function must<T>(outcome: Outcome<T>): { ok: true } & T {
  if (outcome.ok) return outcome
  throw new Error(`refused: ${JSON.stringify(outcome.refusal)}`)
}
