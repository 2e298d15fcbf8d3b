import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Boundary } from './observe.ts'
import { endBackend, whatBecameOf } from './outcome.ts'
import { closeSide, openSide } from './side.ts'
import { journalDirectory } from './testing/journal-directory.ts'
import { contentsOf, makePortal, restore } from './testing/portal.ts'
import { findServers, startServer, type TestServer } from './testing/servers.ts'
import { untilKilled } from './testing/until-killed.ts'

const worker = new URL('./testing/restore-and-die.ts', import.meta.url)

const portal = `CREATE SCHEMA crm; CREATE TABLE crm.deal (id int PRIMARY KEY, title text); CREATE TABLE crm.quiet (id int);
  CREATE FUNCTION crm.never() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TRIGGER t BEFORE INSERT ON crm.quiet FOR EACH ROW EXECUTE FUNCTION crm.never();
  INSERT INTO crm.deal SELECT g, repeat('deal', 200) FROM generate_series(1, 4000) AS g`
const always = 'ALTER TABLE crm.quiet ENABLE ALWAYS TRIGGER t'
const changes =
  'DELETE FROM crm.deal WHERE id % 2 = 0; INSERT INTO crm.deal SELECT g, $$new$$ FROM generate_series(30000, 30100) AS g'

const boundaries: [Boundary, 'old' | 'new'][] = [
  ['restore:begun', 'old'],
  ['restore:locked', 'old'],
  ['apply:delete', 'old'],
  ['apply:insert', 'old'],
  ['restore:applied', 'old'],
  ['restore:journalled', 'old'],
  ['restore:beforeCommit', 'old'],
  ['restore:committed', 'new'],
]

describe.each(findServers())('I3 S50 the worker is killed (SIGKILL), on $label', (kind) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(kind)
  })
  afterAll(() => server.stop())

  test.each(boundaries)(
    'at %s: wholly %s, it is known which, no lock stays, and the next worker succeeds',
    async (boundary, expected) => {
      const { url, run, copy } = await makePortal(server, portal)
      await run(always)
      const snapshot = await copy()
      const before = await contentsOf(url)
      await run(changes)
      const changed = await contentsOf(url)
      const { xid, backendPid, backendStart } = await untilKilled(worker, [url, snapshot.url, journalDirectory(), boundary])

      const asker = await openSide({ connectionString: server.url('postgres'), applicationName: 'engine-test' })
      try {
        await endBackend(asker, backendPid, backendStart)
        expect(await whatBecameOf(asker, xid)).toBe(expected === 'new' ? 'committed' : 'aborted')
      } finally {
        await closeSide(asker)
      }
      expect(await contentsOf(url)).toEqual(expected === 'new' ? before : changed)
      expect(await run(`SELECT FROM pg_locks WHERE relation = 'crm.deal'::regclass AND mode = 'ExclusiveLock'`)).toEqual([])
      expect(await run(`SELECT tgenabled::text AS mode FROM pg_trigger WHERE tgname = 't'`)).toEqual([{ mode: 'A' }])
      expect(await restore(url, snapshot.url, { kind: 'schemas', schemas: ['crm'] })).toMatchObject({
        outcome: expected === 'new' ? 'nothing_to_do' : 'committed',
      })
      expect(await contentsOf(url)).toEqual(before)
    },
  )

  test('a backend is only ever ended when it is that very one', async () => {
    const { url } = await makePortal(server, '')
    const side = await openSide({ connectionString: url, applicationName: 'engine-test' })
    const other = await openSide({ connectionString: url, applicationName: 'engine-test' })
    expect(await endBackend(other, side.backendPid, '2001-01-01 00:00:00+00')).toBe(false)
    expect(await endBackend(other, side.backendPid, side.backendStart)).toBe(true)
    await closeSide(other)
    await closeSide(side)
  })
})
