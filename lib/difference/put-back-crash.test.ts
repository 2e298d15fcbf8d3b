import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Boundary } from './observe.ts'
import { endBackend, whatBecameOf } from './outcome.ts'
import { closeSide, openSide } from './side.ts'
import { journalDirectory } from './testing/journal-directory.ts'
import { contentsOf, makePortal } from './testing/portal.ts'
import { chosen, putBackIn, undoIn } from './testing/put-back.ts'
import { findServers, startServer, type TestServer } from './testing/servers.ts'
import { untilKilled } from './testing/until-killed.ts'

const worker = new URL('./testing/put-back-and-die.ts', import.meta.url)

const portal = `CREATE SCHEMA crm; CREATE TABLE crm.deal (id int PRIMARY KEY, title text); CREATE TABLE crm.note (id int PRIMARY KEY, deal int REFERENCES crm.deal ON DELETE CASCADE);
  CREATE FUNCTION crm.never() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TRIGGER t BEFORE INSERT ON crm.note FOR EACH ROW EXECUTE FUNCTION crm.never();
  ALTER TABLE crm.note DISABLE TRIGGER t; INSERT INTO crm.deal SELECT g, repeat('deal', 50) FROM generate_series(1, 2000) AS g; INSERT INTO crm.note SELECT g, g FROM generate_series(1, 2000) AS g;
  ALTER TABLE crm.note ENABLE ALWAYS TRIGGER t`
const changes = `DELETE FROM crm.deal WHERE id % 2 = 0; INSERT INTO crm.deal VALUES (9000, 'newer'); UPDATE crm.deal SET title = 'newer' WHERE id = 1`

const boundaries: [Boundary, 'old' | 'new'][] = [
  ['restore:begun', 'old'],
  ['restore:locked', 'old'],
  ['restore:compared', 'old'],
  ['apply:insert', 'old'],
  ['restore:applied', 'old'],
  ['restore:journalled', 'old'],
  ['restore:beforeCommit', 'old'],
  ['restore:committed', 'new'],
]
const ofUndo: [Boundary, 'old' | 'new'][] = boundaries.map(([boundary, state]) => [
  boundary === 'apply:insert' ? 'apply:delete' : boundary,
  state,
])

describe.each(findServers())('I3 S50 the worker is killed (SIGKILL) while it puts back, on $label', (kind) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(kind)
  })
  afterAll(() => server.stop())

  test.each(boundaries)('at %s: wholly %s, it is known which, and the next worker succeeds', async (boundary, expected) => {
    const { url, run, copy } = await makePortal(server, portal)
    const snapshot = await copy()
    await run(changes)
    const before = await contentsOf(url)
    const killed = await untilKilled(worker, [url, snapshot.url, journalDirectory(), boundary])
    await expectFate(killed, expected)
    const after = await contentsOf(url)
    if (expected === 'old') expect(after).toEqual(before)
    const next = await putBackIn(url, snapshot.url, [chosen('crm.deal')])
    expect(next).toMatchObject({ outcome: expected === 'new' ? 'nothing_to_do' : 'committed' })
    expect(await stateOf(run)).toEqual([{ deals: 2001, notes: 2000, newer: 2, mode: 'A' }])
  })

  test.each(ofUndo)(
    'at %s of the undo: wholly %s, it is known which, and the next worker succeeds',
    async (boundary, expected) => {
      const { url, run, copy } = await makePortal(server, portal)
      const snapshot = await copy()
      await run(changes)
      const safety = await copy()
      const before = await contentsOf(url)
      const journal = journalDirectory()
      await putBackIn(url, snapshot.url, [chosen('crm.deal')], { journalDirectory: journal })
      const back = await contentsOf(url)
      const killed = await untilKilled(worker, [url, safety.url, journalDirectory(), boundary, journal])
      await expectFate(killed, expected)
      expect(await contentsOf(url)).toEqual(expected === 'new' ? before : back)
      expect(await undoIn(url, safety.url, journal)).toMatchObject({
        outcome: expected === 'new' ? 'nothing_to_do' : 'committed',
      })
      expect(await contentsOf(url)).toEqual(before)
      expect(await stateOf(run)).toMatchObject([{ mode: 'A' }])
    },
  )

  async function expectFate(killed: Awaited<ReturnType<typeof untilKilled>>, expected: 'old' | 'new'): Promise<void> {
    const asker = await openSide({ connectionString: server.url('postgres'), applicationName: 'engine-test' })
    try {
      await endBackend(asker, killed.backendPid, killed.backendStart)
      expect(await whatBecameOf(asker, killed.xid)).toBe(expected === 'new' ? 'committed' : 'aborted')
    } finally {
      await closeSide(asker)
    }
  }
})

function stateOf(run: (sql: string) => Promise<Record<string, unknown>[]>) {
  return run(`SELECT (SELECT count(*)::int FROM crm.deal) AS deals, (SELECT count(*)::int FROM crm.note) AS notes,
    (SELECT count(*)::int FROM crm.deal WHERE title = 'newer') AS newer, (SELECT tgenabled::text FROM pg_trigger WHERE tgname = 't') AS mode`)
}
