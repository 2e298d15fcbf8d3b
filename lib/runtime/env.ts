import { resolve } from 'node:path'
import { z } from 'zod'

/** A wrong environment, worded for the person who starts the process: every wrong name, why, and an example. */
export class WrongEnvironment extends Error {
  override name = 'WrongEnvironment'
}

const EXAMPLES = {
  DATABASE_URL: 'postgres://owner:password@localhost:5432/restore_desk',
  PORT: '3000',
  APP_URL: 'https://desk.example.com',
  AUTH_SECRET: 'what `openssl rand -hex 32` prints',
  SMTP_URL: 'smtp://user:password@mail.example.com:587',
  MAIL_FROM: 'Restore Desk <desk@example.com>',
  WORKER_CONCURRENCY: '4',
  LOG_LEVEL: 'info',
  DEFAULT_LOCALE: 'en',
  DEFAULT_TIME_ZONE: 'Europe/Warsaw',
  DATA_DIR: '/var/lib/restore-desk',
  DEMO: '1',
}

const schema = z.object({
  DATABASE_URL: addressOf('postgres', 'postgresql'),
  PORT: z.coerce.number().int().min(1).max(65_535).default(3000),
  /** What links in mails begin with. */
  APP_URL: addressOf('http', 'https').optional(),
  AUTH_SECRET: z.string({ error: 'it is not set' }).min(32, 'it has fewer than 32 characters'),
  SMTP_URL: addressOf('smtp', 'smtps'),
  MAIL_FROM: z.string().includes('@', { error: 'it has no address' }).default('Restore Desk <desk@localhost>'),
  WORKER_CONCURRENCY: z.coerce.number().int().min(1).max(100).default(4),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  DEFAULT_LOCALE: z.enum(['en', 'pl']).default('en'),
  DEFAULT_TIME_ZONE: z.string().refine(isTimeZone, 'it is no time zone this machine knows').default('UTC'),
  /** Files that outlive a process: what runs overwrite is kept there until their undo window is over. Workers of a datastore share it. */
  DATA_DIR: z.string().default('.data'),
  DEMO: z.enum(['0', '1']).default('0'),
})

export type Env = {
  databaseUrl: string
  port: number
  appUrl: string
  authSecret: string
  smtpUrl: string
  mailFrom: string
  workerConcurrency: number
  defaultLocale: 'en' | 'pl'
  defaultTimeZone: string
  dataDir: string
  demo: boolean
}

let parsed: Env | undefined

/** The environment of this process, parsed on first use. Throws `WrongEnvironment`; web and worker ask at start-up, so later calls never do. */
export function env(): Env {
  parsed ??= parseEnv(process.env)
  return parsed
}

export function parseEnv(source: Record<string, string | undefined>): Env {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && value !== ''))
  const result = schema.safeParse(given)
  if (!result.success) throw new WrongEnvironment(inWords(result.error))
  const values = result.data
  return {
    databaseUrl: values.DATABASE_URL,
    port: values.PORT,
    appUrl: (values.APP_URL ?? `http://localhost:${values.PORT}`).replace(/\/$/, ''),
    authSecret: values.AUTH_SECRET,
    smtpUrl: values.SMTP_URL,
    mailFrom: values.MAIL_FROM,
    dataDir: resolve(values.DATA_DIR),
    workerConcurrency: values.WORKER_CONCURRENCY,
    defaultLocale: values.DEFAULT_LOCALE,
    defaultTimeZone: values.DEFAULT_TIME_ZONE,
    demo: values.DEMO === '1',
  }
}

/** Never echoes the value: half of these hold secrets. */
function inWords(error: z.ZodError): string {
  const lines = error.issues.map((issue) => {
    const name = z.keyof(schema).parse(issue.path[0])
    return `  ${name}: ${issue.message}. Example: ${name}=${EXAMPLES[name]}`
  })
  return ['The environment is wrong:', ...new Set(lines)].join('\n')
}

function addressOf(...protocols: string[]) {
  const wanted = `it is no address that begins with ${protocols.map((protocol) => `${protocol}://`).join(' or ')}`
  return z
    .string({ error: 'it is not set' })
    .refine((value) => URL.canParse(value) && protocols.includes(new URL(value).protocol.slice(0, -1)), wanted)
}

function isTimeZone(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }))
  } catch {
    return false
  }
}
