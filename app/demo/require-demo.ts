import { notFound } from 'next/navigation'
import { env } from '#lib/runtime/env.ts'

/** Demo pages exist only in the demo: elsewhere they are a 404 like any address that is not there. */
export function requireDemo(): void {
  if (!env().demo) notFound()
}
