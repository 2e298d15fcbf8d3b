import postgres from 'postgres'

/** Milliseconds that PostgreSQL's own copy of a database's files takes, which nobody is connected to. The copy is dropped again. */
export async function copyDatabase(adminUrl: string, template: string): Promise<number> {
  const sql = postgres(adminUrl, { max: 1, onnotice: () => undefined })
  try {
    const began = performance.now()
    await sql.unsafe(`create database bench_copy template "${template}" strategy file_copy`)
    const took = performance.now() - began
    await sql.unsafe('drop database bench_copy')
    return took
  } finally {
    await sql.end()
  }
}
