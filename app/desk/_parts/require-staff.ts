import { notFound } from 'next/navigation'
import type { Person } from '#lib/domain/actor.ts'
import { requireActor } from '#lib/identity/current-actor.ts'

/** The desk is for the vendor's people; for everybody else its pages do not exist (I8). */
export async function requireStaff(): Promise<Person> {
  const actor = await requireActor()
  if (actor.deskRoles.length === 0) notFound()
  return actor
}
