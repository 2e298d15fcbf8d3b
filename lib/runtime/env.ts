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
  RESTIC_REPOSITORY: 'sftp:backup@vault.example.com:/portals',
  RESTIC_PASSWORD_FILE: '/etc/restore-desk/restic-password',
  HTTP_ADAPTER_URL: 'https://backups.example.com/restore-desk',
  HTTP_ADAPTER_SECRET: 'whsec_ and what `openssl rand -base64 32` prints',
  HTTP_ADAPTER_PRIVATE_NETWORK: '1',
  RESTIC_SFTP_COMMAND: 'ssh -i /etc/restore-desk/key backup@vault.example.com -s sftp',
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
  /** Where datastores with the adapter `restic` keep their archives; in any form that restic itself reads. */
  RESTIC_REPOSITORY: z.string().optional(),
  /** The file with its password, which is never an argument or a variable of ours. */
  RESTIC_PASSWORD_FILE: z.string().optional(),
  /** How an `sftp:` repository is reached, where plain ssh would not do. */
  RESTIC_SFTP_COMMAND: z.string().optional(),
  /** The vendor's own backup system, for datastores with the adapter `http`. */
  HTTP_ADAPTER_URL: addressOf('http', 'https').optional(),
  /** Signs each request to it. */
  HTTP_ADAPTER_SECRET: z
    .string()
    .regex(/^whsec_[A-Za-z0-9+/]{32,}=*$/, 'it is not whsec_ followed by 24 bytes or more in base64')
    .optional(),
  /** Whether its address may lead into the private network, and be plain http (S119). */
  HTTP_ADAPTER_PRIVATE_NETWORK: z.enum(['0', '1']).optional(),
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

type ResticRepository = {
  address: string
  passwordFile: string
  sftpCommand: string | null
  environment: Record<string, string>
  patienceMs: number
}

/** The repository of this process's environment, asked at each use; null when it is not configured. Keys of an object store go along, nothing of the desk's own. */
export function repositoryOfEnvironment(source: Record<string, string | undefined> = process.env): ResticRepository | null {
  const { RESTIC_REPOSITORY: address, RESTIC_PASSWORD_FILE: passwordFile, RESTIC_SFTP_COMMAND: sftpCommand } = source
  if (!address || !passwordFile) return null
  const given = Object.entries(source).flatMap(([name, value]) =>
    value !== undefined && forBackEnds.test(name) ? [[name, value] as const] : [],
  )
  return { address, passwordFile, sftpCommand: sftpCommand || null, environment: Object.fromEntries(given), patienceMs: 120_000 }
}

/** Where the desk keeps its own, as `parseEnv` has it, for whoever needs nothing else of the environment. */
export function dataFolderOfEnvironment(source: Record<string, string | undefined> = process.env): string {
  return resolve(source.DATA_DIR ?? '.data')
}

type Remote = { url: string; secret: string; privateNetwork: boolean }

/** The remote backup system of this process's environment, asked at each use; null when it is not configured. */
export function remoteOfEnvironment(source: Record<string, string | undefined> = process.env): Remote | null {
  const { HTTP_ADAPTER_URL: url, HTTP_ADAPTER_SECRET: secret, HTTP_ADAPTER_PRIVATE_NETWORK: privateNetwork } = source
  return url && secret ? { url, secret, privateNetwork: privateNetwork === '1' } : null
}

const forBackEnds =
  /^((AWS|AZURE|B2|GOOGLE|OS|ST|RCLONE|RESTIC)_.*|PATH|HOME|TMPDIR|SSH_AUTH_SOCK|SSL_CERT_FILE|SSL_CERT_DIR|HTTPS?_PROXY|NO_PROXY)$/

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
    // Intl has no other way to say that it knows no such zone.
    return false
  }
}
