import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { Logger, run } from 'graphile-worker'
import { db } from '#db/client.ts'
import { planPort } from '#lib/billing/plan-port.ts'
import { smtpTransport } from '#lib/mail/transport.ts'
import { type Env, env, WrongEnvironment } from '#lib/runtime/env.ts'
import { log } from '#lib/runtime/log.ts'
import { startHeartbeat } from './heartbeat.ts'
import { crontab, startSweeping } from './schedule.ts'
import { taskListFor } from './task-list.ts'

/** How soon a running job hears that the worker is to stop. */
const ABORT_AFTER_MS = 0

await work(readEnv())
process.exit(0)

/** Works off jobs until SIGTERM or SIGINT: then no new ones, and the running ones finish their step and hand over (S62). */
async function work(settings: Env): Promise<void> {
  const workerId = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`
  const { appUrl, authSecret, dataDir } = settings
  const post = { transport: smtpTransport(settings.smtpUrl), from: settings.mailFrom, appUrl, authSecret }
  const stopHeartbeat = await startHeartbeat(db(), workerId)
  const stopSweeping = startSweeping(db())
  const runner = await run({
    // The queue's tables belong to the owner; what tasks do, they do as the application's role.
    connectionString: settings.databaseUrl,
    concurrency: settings.workerConcurrency,
    taskList: taskListFor({ db: db(), post, workerId, dataDir, billing: planPort(db(), settings) }),
    crontab,
    noHandleSignals: true,
    preset: { worker: { gracefulShutdownAbortTimeout: ABORT_AFTER_MS } },
    logger: new Logger(() => (level, message, meta) => {
      if (level !== 'debug') log('worker')[level === 'warning' ? 'warn' : level](meta ?? {}, message)
    }),
  })
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void runner.stop())
  log('worker').info({ workerId }, 'worker started')
  await runner.promise
  stopSweeping()
  await stopHeartbeat()
  log('worker').info({ workerId }, 'worker stopped')
}

function readEnv(): Env {
  try {
    return env()
  } catch (cause) {
    if (!(cause instanceof WrongEnvironment)) throw cause
    process.stderr.write(`${cause.message}\n`)
    process.exit(2)
  }
}
