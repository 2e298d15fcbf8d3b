import { expect, test } from 'vitest'
import { parseEnv, repositoryOfEnvironment, WrongEnvironment } from './env.ts'

const enough = {
  DATABASE_URL: 'postgres://owner:hunter2@localhost/desk',
  AUTH_SECRET: 'x'.repeat(32),
  SMTP_URL: 'smtp://localhost:25',
}

test('three names are enough; the rest has defaults, and the address of links follows the port', () => {
  expect(parseEnv({ ...enough, PORT: '4000' })).toMatchObject({
    appUrl: 'http://localhost:4000',
    defaultLocale: 'en',
    defaultTimeZone: 'UTC',
    demo: false,
    workerConcurrency: 4,
  })
})

test.each([
  ['DATABASE_URL', undefined, 'it is not set'],
  ['DATABASE_URL', 'mysql://hunter2@localhost', 'it is no address that begins with postgres:// or postgresql://'],
  ['AUTH_SECRET', 'hunter2', 'it has fewer than 32 characters'],
  ['SMTP_URL', 'hunter2.example.com', 'it is no address that begins with smtp:// or smtps://'],
  ['HTTP_ADAPTER_URL', 'ftp://hunter2', 'it is no address that begins with http:// or https://'],
  ['HTTP_ADAPTER_SECRET', 'whsec_hunter2', 'it is not whsec_ followed by 24 bytes or more in base64'],
  ['DEFAULT_TIME_ZONE', 'Europe/hunter2', 'it is no time zone this machine knows'],
])('%s=%s stops the start with name, reason and example, and never repeats the value', (name, value, reason) => {
  const start = () => parseEnv({ ...enough, [name]: value })
  expect(start).toThrow(WrongEnvironment)
  expect(start).toThrow(`${name}: ${reason}. Example: ${name}=`)
  expect(start).not.toThrow(/hunter2/)
})

test('an empty value counts as absent, as in a .env file with blanks', () => {
  expect(parseEnv({ ...enough, PORT: '', APP_URL: '' }).port).toBe(3000)
})

test('a repository needs an address and a password file; its back end gets its own keys and nothing of the desk’s', () => {
  expect(repositoryOfEnvironment({ ...enough, RESTIC_REPOSITORY: '/srv/archives' })).toBeNull()
  const given = {
    RESTIC_REPOSITORY: 's3:s3.example.com/archives',
    RESTIC_PASSWORD_FILE: '/etc/password',
    AWS_ACCESS_KEY_ID: 'key',
  }
  expect(repositoryOfEnvironment({ ...enough, ...given, PATH: '/bin', PGPASSWORD: 'hunter2' })).toEqual({
    address: given.RESTIC_REPOSITORY,
    passwordFile: given.RESTIC_PASSWORD_FILE,
    sftpCommand: null,
    environment: { ...given, PATH: '/bin' },
    patienceMs: 120_000,
  })
})
