import { z } from 'zod'
import { findPortalId } from '#lib/portals/list-portals.ts'
import { type Desk, WrongUse } from './command.ts'

/** A portal by id or external id, as an operator types it. */
export async function findPortal({ db, operator }: Desk, typed: string): Promise<string> {
  const portalId = await findPortalId(db, operator, typed)
  if (portalId === null) throw new WrongUse(`There is no portal ${typed}. See: npm run portal -- list`)
  return portalId
}

export function uuidOption(name: string, typed: string): string {
  const parsed = z.uuid().safeParse(typed)
  if (!parsed.success) throw new WrongUse(`${name} is no id: ${typed}`)
  return parsed.data
}
