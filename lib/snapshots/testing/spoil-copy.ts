import postgres from 'postgres'

/** One row of a stored copy becomes another: what a broken disk does, and nobody tells. */
export async function spoilCopy(adminUrl: string, databaseName: string): Promise<void> {
  const admin = postgres(adminUrl, { max: 1, onnotice: () => undefined })
  await admin.unsafe(`alter database "${databaseName}" with allow_connections true connection limit -1`)
  const url = new URL(adminUrl)
  url.pathname = `/${databaseName}`
  const copy = postgres(url.href, { max: 1, onnotice: () => undefined })
  await copy`update crm.companies set name = 'Somebody else' where id = 7`
  await copy.end()
  await admin.unsafe(`alter database "${databaseName}" with allow_connections false`)
  await admin.end()
}
