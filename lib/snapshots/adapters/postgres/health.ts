import type pg from 'pg'
import { z } from 'zod'
import type { DatabaseIdentity, Health, PortalRef } from '../../port.ts'
import { select, withClient } from './connect.ts'
import { databaseBytes, readFreeSpace } from './disk.ts'
import { identify } from './identity.ts'
import { invalidConnectionLimit, readDatabase } from './marker.ts'
import { readNotes } from './notes.ts'
import { readHiddenTables, readMissingRights } from './rights.ts'

const oldestVersion = 150_000

/**
 * Everything that could stop a capture or a restore of this portal, looked at before anybody counts on one. A role that only `reads`, because somebody else
 * captures and restores, needs neither their rights nor their space. Throws when the server cannot be reached.
 */
export async function health(
  portal: PortalRef,
  desk: DatabaseIdentity | null,
  role: 'restores' | 'reads' = 'restores',
): Promise<Health> {
  return withClient(portal.adminUrl, undefined, async (admin) => {
    const report = await readServer(admin, portal, role)
    const live = await readDatabase(admin, portal.databaseName)
    if (!live?.allowsConnections || live.connectionLimit === invalidConnectionLimit) {
      report.problems.push({
        code: 'portal_missing',
        words: `database ${portal.databaseName} is not there or takes no connections`,
      })
      return { ...report, ok: false }
    }
    report.identity = await identify(portal.adminUrl, portal.databaseName)
    if (desk && sameDatabase(report.identity, desk)) {
      report.problems.push({ code: 'own_database', words: "this is the desk's own database; a portal needs one of its own" })
    }
    const missing = role === 'reads' ? [] : await readMissingRights(admin, portal.databaseName)
    for (const { right, neededFor, statement, onlySometimes } of missing) {
      const words = `the role lacks ${right}, needed for ${neededFor}: ${statement}`
      if (onlySometimes) report.notes.push(words)
      else report.problems.push({ code: 'role_lacks_right', words })
    }
    const hidden = await withClient(portal.adminUrl, portal.databaseName, readHiddenTables)
    if (hidden.length > 0) {
      report.problems.push({ code: 'role_cannot_see_rows', words: `the role cannot read every row of ${hidden.join(', ')}` })
    }
    report.notes.push(...(await readNotes(admin, portal.databaseName)))
    return { ...report, ok: report.problems.length === 0 }
  })
}

/** One database, under whatever host name it was reached (S106). */
function sameDatabase(a: DatabaseIdentity, b: DatabaseIdentity): boolean {
  return a.systemIdentifier === b.systemIdentifier && a.databaseOid === b.databaseOid
}

async function readServer(admin: pg.Client, portal: PortalRef, role: 'restores' | 'reads'): Promise<Health> {
  const [server] = await select(
    admin,
    z.object({ version: z.number() }),
    `select current_setting('server_version_num')::int as version`,
  )
  const serverVersion = server?.version ?? 0
  const exists = await readDatabase(admin, portal.databaseName)
  const bytes = exists ? await databaseBytes(admin, portal.databaseName) : 0
  const { freeBytes, because } = await readFreeSpace(admin, portal.adminUrl)
  // A safety copy and a clone beside live: what a restore needs at its widest (S51).
  const neededBytes = role === 'reads' ? 0 : 2 * bytes
  const disk = { databaseBytes: bytes, neededBytes, freeBytes, freeKnownBecause: because }
  const report: Health = { ok: true, serverVersion, identity: null, problems: [], notes: [], disk }
  if (serverVersion < oldestVersion) {
    report.problems.push({ code: 'server_too_old', words: `PostgreSQL 15 is the oldest that works; this is ${serverVersion}` })
  }
  if (freeBytes !== null && freeBytes < disk.neededBytes) {
    report.problems.push({
      code: 'not_enough_disk',
      words: `${disk.neededBytes} bytes are needed beside the portal, ${freeBytes} are free`,
    })
  }
  return report
}
