import type pg from 'pg'
import type { Origin } from '#lib/difference/compare/baseline.ts'
import type { AdapterRefusal, Call, Outcome, RestoreRequest } from '../../port.ts'
import { barredLimit } from './bar.ts'
import { originOfCopy } from './baseline.ts'
import { type Carrier, openCarrier } from './carrier.ts'
import { sqlState } from './connect.ts'
import { alone, createCopy, withCopy } from './copies.ts'
import { manifestDigest, measureManifest } from './manifest.ts'
import { type Marker, readDatabase } from './marker.ts'
import { carryProperties, type DatabaseProperties, readProperties } from './properties.ts'
import { dropCopy } from './prune.ts'
import { withSides } from './sides.ts'

/**
 * A copy of the snapshot that is ready to take the portal's name: checked, with what was protected until then, and with everything that belongs to the
 * portal's database itself. At its `origin` it was the snapshot, byte for byte. Its carrier must be closed by whoever takes it.
 */
export type Clone = { name: string; oid: number; origin: Origin; properties: DatabaseProperties; carrier: Carrier }

/** Beside the live portal, without touching it. Closed all the while: with the portal's rights on it, only the closed door keeps its users out (S96). */
export async function prepareClone(
  admin: pg.Client,
  request: RestoreRequest,
  call: Call,
  name: string,
): Promise<Outcome<{ clone: Clone }>> {
  const { portal, snapshot } = request
  if (await readDatabase(admin, name)) await dropCopy(portal.adminUrl, name)
  await call.observe('swap.clone', { databaseName: name })
  const marker: Marker = {
    restoreDesk: 1,
    purpose: 'clone',
    state: 'making',
    portalId: portal.id,
    snapshotId: snapshot.id,
    completedAt: null,
    contents: null,
    captured: null,
  }
  await alone(portal.adminUrl, snapshot.databaseName, (closed) =>
    createCopy(closed, { name, template: snapshot.databaseName, marker }, call.signal, portal.adminUrl),
  )
  const origin = await originOfCopy(admin, name)
  await call.observe('swap.cloned')
  await call.observe('swap.verify')
  const found = await withCopy(portal.adminUrl, name, () =>
    withSides(portal.adminUrl, [{ databaseName: name }], (side) => measureManifest(side, call.signal)),
  )
  const promised = (await readDatabase(admin, snapshot.databaseName))?.marker?.contents ?? null
  if (promised !== null && promised !== manifestDigest(found))
    return { ok: false, refusal: { code: 'contents_differ', facts: { snapshot: snapshot.id } } }
  await call.observe('swap.carry')
  // Opened before the portal's rights are carried, while the open door lets in nobody but us (S96); the sessions stay when it is shut again.
  const opened = await withCopy(portal.adminUrl, name, () => openCarrier(request, name, call))
  if (!opened.ok) return opened
  try {
    const finished = await finishClone(admin, request, { name, origin, carrier: opened.carrier })
    if (!finished.ok) await opened.carrier.close()
    return finished
  } catch (error) {
    await opened.carrier.close()
    throw error
  }
}

async function finishClone(
  admin: pg.Client,
  { portal }: RestoreRequest,
  made: Pick<Clone, 'name' | 'origin' | 'carrier'>,
): Promise<Outcome<{ clone: Clone }>> {
  const { name, carrier } = made
  const carried = await carrier.carry()
  if (!carried.ok) return carried
  const properties = await readLiveProperties(admin, portal.databaseName)
  const lacking = await carryOrSay(admin, name, properties)
  if (lacking) return { ok: false, refusal: lacking }
  const clone = await readDatabase(admin, name)
  if (!clone) throw new Error(`database ${name} is gone`)
  return { ok: true, clone: { ...made, oid: clone.oid, properties } }
}

/** With the connection limit that the portal has when it is not barred. */
async function readLiveProperties(admin: pg.Client, databaseName: string): Promise<DatabaseProperties> {
  const properties = await readProperties(admin, databaseName)
  const row = await readDatabase(admin, databaseName)
  const limit = row && barredLimit(row)
  return limit === null ? properties : { ...properties, connectionLimit: limit }
}

/** Rights that are needed for what this very portal has set are found out here, beside it, and named. */
async function carryOrSay(admin: pg.Client, name: string, properties: DatabaseProperties): Promise<AdapterRefusal | null> {
  try {
    await carryProperties(admin, name, properties)
    return null
  } catch (error) {
    if (sqlState(error) !== '42501') throw error
    const missing = ['the settings and rights of the database itself']
    return { code: 'role_lacks_right', facts: { missing, because: error instanceof Error ? error.message : String(error) } }
  }
}
