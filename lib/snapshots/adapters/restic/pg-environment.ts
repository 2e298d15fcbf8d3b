import { connectionConfig } from '#lib/difference/connection-config.ts'
import { patient } from '#lib/difference/side.ts'
import { applicationName, urlOf } from '../postgres/connect.ts'

/** How PostgreSQL's programs reach a database: by their environment, so that neither the password nor a strange name is on a command line. */
export function pgEnvironment(
  adminUrl: string,
  databaseName: string,
  settings: Record<string, string> = {},
): Record<string, string> {
  const { host, port, user, database, password } = connectionConfig(urlOf(adminUrl, databaseName))
  const sslMode = new URL(adminUrl).searchParams.get('sslmode')
  const options = Object.entries({ ...patient, ...settings })
  return {
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGDATABASE: database,
    PGAPPNAME: applicationName,
    PGOPTIONS: options.map(([name, value]) => `-c ${name}=${value}`).join(' '),
    ...(password === undefined ? {} : { PGPASSWORD: password }),
    ...(sslMode === null ? {} : { PGSSLMODE: sslMode }),
  }
}
