import { readCatalogue } from '#lib/difference/catalogue.ts'
import { findUnfitValues, findUnprotectable } from '#lib/difference/protectable.ts'
import type { Protection } from '#lib/difference/protection.ts'
import { closeSide, openSide } from '#lib/difference/side.ts'
import type { PortalRef } from './port.ts'

/** Why a portal cannot be protected so, in English words, one a line; empty when it can. Reads its catalogue alone. */
export async function findUnfitProtection(portal: PortalRef, protection: Protection): Promise<string[]> {
  const url = new URL(portal.adminUrl)
  url.pathname = `/${encodeURIComponent(portal.databaseName)}`
  const live = await openSide({ connectionString: url.href, applicationName: 'restore-desk' })
  try {
    const refusals = await findUnprotectable(live, await readCatalogue(live, { kind: 'all', protection }), protection)
    return [...refusals.map(wordsOf), ...(await findUnfitValues(live, protection))]
  } finally {
    await closeSide(live)
  }
}

function wordsOf({ code, facts }: { code: string; facts: Readonly<Record<string, unknown>> }): string {
  if (code === 'protected_without_key')
    return `${facts.table}: a column can be protected only where rows have a key, and never the key itself`
  return facts.column === null
    ? `there is no table ${facts.table}`
    : `${facts.table}: ${facts.column} is no column that holds data`
}
