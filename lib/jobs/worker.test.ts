import { afterAll, beforeAll, expect, test } from 'vitest'
import { hasEnded, startChild, stopChild } from '#db/processes.ts'
import { scoped } from '#db/scope.ts'
import { cloneDatabase, type TestDatabase } from '#db/testing/databases.ts'
import { makeUser } from '#db/testing/factories.ts'
import { type Catcher, startCatcher } from '#lib/mail/catcher.ts'
import { enqueueMail } from '#lib/mail/outbox.ts'
import { readReadiness } from '#lib/runtime/health.ts'

let desk: TestDatabase
let catcher: Catcher
beforeAll(async () => {
  desk = await cloneDatabase()
  catcher = await startCatcher(desk.db)
})
afterAll(async () => {
  await catcher.close()
  await desk.drop()
})

test('a worker makes the desk ready, delivers what waits, and on SIGTERM ends by itself and is no longer counted', async () => {
  expect(await readReadiness(desk.db)).toEqual({ database: true, migrations: true, worker: false })
  const worker = startWorker()
  await until(async () => (await readReadiness(desk.db)).worker)

  const reader = await makeUser(desk.db)
  await scoped(desk.db, 'system', (tx) =>
    enqueueMail(tx, {
      template: 'break_glass',
      data: { portalName: 'Acme', reason: 'a test' },
      to: { email: reader.email ?? '', locale: 'en' },
    }),
  )
  await until(async () => (await desk.owner`select from mail_outbox where sent_at is not null`).length === 1)
  expect(await desk.owner`select recipient from caught_mails`).toEqual([{ recipient: reader.email }])

  await stopChild(worker, 'SIGTERM', 30_000)
  expect({ code: worker.exitCode, signal: worker.signalCode, ended: hasEnded(worker) }).toEqual({
    code: 0,
    signal: null,
    ended: true,
  })
  expect((await readReadiness(desk.db)).worker).toBe(false)
})

test('a worker with a wrong environment says what is wrong and does not start', async () => {
  const worker = startWorker({ AUTH_SECRET: 'short' })
  let said = ''
  worker.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  expect(await new Promise((resolve) => worker.once('close', resolve))).toBe(2)
  expect(said).toContain('AUTH_SECRET: it has fewer than 32 characters')
})

function startWorker(over: Record<string, string> = {}) {
  return startChild(process.execPath, ['lib/jobs/worker.ts'], {
    env: {
      NODE_ENV: 'production',
      DATABASE_URL: desk.url,
      AUTH_SECRET: 'x'.repeat(32),
      SMTP_URL: `smtp://127.0.0.1:${catcher.port}`,
      LOG_LEVEL: 'error',
      ...over,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
}

/** Asks until it is so; the test's own time limit ends a wait that is in vain. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await desk.owner`select pg_sleep(0.05)`
}
