/** The driver's own fields. Given apart from the URL, since its parser does not give every name of a database back unharmed. */
export type ConnectionConfig = { host: string; port: number; user: string; database: string } & Partial<{
  password: string
  ssl: { rejectUnauthorized: boolean }
}>

/**
 * A `postgres://` URL as the driver's fields; `?host=` names a socket's directory, `?sslmode=` is read as libpq reads it.
 * A portal may be called anything: `a/b?c#%d` stays what it is when percent-encoded as the URL's path (S100).
 */
export function connectionConfig(connectionString: string): ConnectionConfig {
  const url = new URL(connectionString)
  const user = decodeURIComponent(url.username) || 'postgres'
  const sslMode = url.searchParams.get('sslmode') ?? 'disable'
  return {
    host: url.searchParams.get('host') ?? (decodeURIComponent(url.hostname).replace(/^\[|\]$/g, '') || 'localhost'),
    port: Number(url.port || 5432),
    user,
    database: decodeURIComponent(url.pathname.slice(1)) || user,
    ...(url.password ? { password: decodeURIComponent(url.password) } : {}),
    ...(['require', 'verify-ca', 'verify-full'].includes(sslMode)
      ? { ssl: { rejectUnauthorized: sslMode.startsWith('verify') } }
      : {}),
  }
}
