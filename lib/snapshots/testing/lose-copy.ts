import postgres from 'postgres'

/** A stored copy is not there any more: somebody tidied the server up by hand. */
export async function loseCopy(adminUrl: string, databaseName: string): Promise<void> {
  const admin = postgres(adminUrl, { max: 1, onnotice: () => undefined })
  await admin.unsafe(`drop database "${databaseName}"`)
  await admin.end()
}
