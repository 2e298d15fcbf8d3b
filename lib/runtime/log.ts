import { destination, type Logger, pino } from 'pino'

/** JSON lines on standard error: standard output belongs to what a command answers. Addresses with passwords never get in. */
const root = pino(
  {
    level: process.env.LOG_LEVEL || 'info',
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    redact: ['*.password', '*.secret', '*.token', '*.databaseUrl', '*.adminUrl', '*.url', 'databaseUrl', 'adminUrl', 'url'],
  },
  destination(2),
)

/** A logger that names its part: `log('worker').info({ runId }, 'run resumed')`. */
export function log(part: 'web' | 'worker' | 'live' | 'command' | 'mail' | 'demo'): Logger {
  return root.child({ part })
}
