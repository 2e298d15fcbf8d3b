import { connection } from 'next/server'
import { readReadiness } from '#lib/runtime/health.ts'

/** 200 when requests can be served and their jobs will be done, else 503 with what is missing. */
export async function GET(): Promise<Response> {
  await connection()
  const readiness = await readReadiness()
  return Response.json(readiness, { status: Object.values(readiness).every(Boolean) ? 200 : 503 })
}
