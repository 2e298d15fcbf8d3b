import { inArray, like, or } from 'drizzle-orm'
import type { Tx } from '#db/client.ts'
import { portals } from '#db/schema/index.ts'

/** A short name for scripts and addresses, made from the portal's own: "Łódź Trading Ltd." is `lodz-trading-ltd`, or `…-2` when that is taken. */
export async function freeExternalId(tx: Tx, name: string): Promise<string> {
  const wanted = slugOf(name)
  const taken = await tx
    .select({ externalId: portals.externalId })
    .from(portals)
    .where(or(inArray(portals.externalId, [wanted]), like(portals.externalId, `${wanted}-%`)))
  const names = new Set(taken.map(({ externalId }) => externalId))
  let candidate = wanted
  for (let n = 2; names.has(candidate); n++) candidate = `${wanted}-${n}`
  return candidate
}

function slugOf(name: string): string {
  const plain = name.replace(/ł/g, 'l').replace(/Ł/g, 'L').normalize('NFKD').toLowerCase()
  const slug = plain
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40)
  return slug || 'portal'
}
