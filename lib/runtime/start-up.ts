import { env, WrongEnvironment } from './env.ts'
import { closeStreams } from './live.ts'

/** What the web server does before its first request. A wrong environment ends it, in words. */
export function startUp(): void {
  try {
    env()
  } catch (cause) {
    if (!(cause instanceof WrongEnvironment)) throw cause
    process.stderr.write(`${cause.message}\n`)
    process.exit(2)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, closeStreams)
}
