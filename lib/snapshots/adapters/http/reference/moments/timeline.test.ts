import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startChild, stopChild } from '#db/processes.ts'
import { withClient } from '../../../postgres/connect.ts'
import { serverUser } from '../../../postgres/testing/cluster.ts'
import { call, makePortal, type TestPortal } from '../../../postgres/testing/portal.ts'
import { serversWithPrograms } from '../../../postgres/testing/servers.ts'
import { findPrograms } from '../../../restic/programs.ts'
import { Moments } from './moments.ts'
import { makeOwn } from './own-directory.ts'

test('a server that went on by another timeline, or threw away what was not received, is begun with anew: no older moment is offered or made', async () => {
  const [server] = serversWithPrograms()
  if (!server) throw new Error('there is no server with its own programs')
  const { url, stop } = await server.start()
  onTestFinished(stop)
  const portal = await makePortal(url)
  const place = mkdtempSync(join(tmpdir(), 'restore-desk-moments-'))
  onTestFinished(() => rmSync(place, { recursive: true, force: true }))
  await makeOwn(place, serverUser())
  // A shell reads it, and the server has letters of its own in it.
  const opened = await Moments.open({ adminUrl: url, directory: join(place, `it's 100%p odd`) })
  if (!opened.ok) throw new Error(opened.because)
  const { moments } = opened
  onTestFinished(() => moments.stop())
  const asked = { ...portal.ref, adminUrl: url }
  const captureAt = (at: string) =>
    moments.capture(
      {
        portal: asked,
        snapshotId: crypto.randomUUID(),
        purpose: 'snapshot',
        previous: null,
        mayBar: 'never',
        barTimeoutMs: 0,
        at,
      },
      call(),
    )
  const newest = async () => {
    await moments.keep()
    const { moments: range } = await moments.range(asked)
    if (!range) throw new Error('there are no moments')
    return range
  }
  await moments.keep()
  await expect.poll(async () => (await moments.range(asked)).moments).not.toBeNull()
  const { to: first } = await newest()
  expect(await captureAt(first)).toMatchObject({ ok: true })

  onTestFinished(await goOnByAnotherTimeline(portal, url))
  expect(await moments.range(asked)).toEqual({
    moments: null,
    because: 'what was kept is of another server or timeline than this one',
  })
  expect(await captureAt(first)).toMatchObject({ ok: false, refusal: { code: 'moment_out_of_reach' } })
  const second = await newest()
  expect(second.from > first).toBe(true)
  expect(await captureAt(first)).toMatchObject({
    ok: false,
    refusal: { code: 'moment_out_of_reach', facts: { from: second.from } },
  })
  expect(await captureAt(second.to)).toMatchObject({ ok: true })

  await withClient(url, undefined, async (admin) => {
    await admin.query('select pg_terminate_backend(active_pid, 10000) from pg_replication_slots where active_pid is not null')
    await admin.query('select pg_drop_replication_slot($1)', [moments.slot])
  })
  expect(await moments.range(asked)).toMatchObject({ moments: null })
  const third = await newest()
  expect(third.from > second.to).toBe(true)
  expect(await captureAt(second.to)).toMatchObject({ ok: false, refusal: { code: 'moment_out_of_reach' } })
})

/** Ends the server, and starts another one on its files as after a disaster: brought to the end of its WAL, from where it goes on by a timeline of its own. */
async function goOnByAnotherTimeline({ ask }: TestPortal, url: string): Promise<() => Promise<void>> {
  const [data, version] = [
    await ask(`current_setting('data_directory')`),
    Number(await ask(`current_setting('server_version_num')`)),
  ]
  const found = await findPrograms(version)
  if (data === null || !found.ok) throw new Error('the server does not say where it lies')
  process.kill(Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]), 'SIGINT')
  await expect.poll(() => existsSync(join(data, 'postmaster.pid')), { timeout: 30_000 }).toBe(false)
  writeFileSync(join(data, 'recovery.signal'), '')
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_prepared_transactions: '8',
    wal_level: 'logical',
    restore_command: 'false',
  }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const child = startChild(join(dirname(found.programs.dump), 'postgres'), ['-D', data, '-p', new URL(url).port, ...flags], {
    ...serverUser(),
    cwd: '/',
    stdio: 'ignore',
  })
  await expect.poll(() => readdirSync(data), { timeout: 30_000 }).not.toContain('recovery.signal')
  await expect.poll(() => ask(`pg_is_in_recovery()`).catch(String), { timeout: 30_000 }).toBe('false')
  return () => stopChild(child, 'SIGINT', 15_000)
}
