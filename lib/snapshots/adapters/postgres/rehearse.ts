import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'
import type { Call, Outcome, Rehearsed, RestoreRequest } from '../../port.ts'
import { applyForRehearsal } from './apply.ts'
import { withClient } from './connect.ts'
import { alone, carryDatabaseSettings, createCopy, withCopy } from './copies.ts'
import { findMissingCopy } from './find-missing-copy.ts'
import type { Marker } from './marker.ts'
import { copyName } from './names.ts'
import { dropCopy } from './prune.ts'
import { withSides } from './sides.ts'
import { findSwapRefusal } from './swap-checks.ts'
import { prepareClone } from './swap-clone.ts'
import { startWork } from './work-lock.ts'

/** The restore done for good on a scratch copy: whatever would stop it stops it here, before anybody waits (S29, S99). */
export async function rehearse(request: RestoreRequest, call: Call): Promise<Outcome<Rehearsed>> {
  const scratch = copyName(request.portal.id, `${call.idempotencyKey}:rehearsal`)
  return withClient(request.portal.adminUrl, undefined, async (admin) => {
    await startWork(admin, [scratch])
    const missing = await findMissingCopy(admin, request)
    if (missing) return { ok: false, refusal: missing }
    await call.observe('rehearse.clone', { databaseName: scratch })
    try {
      return await (request.way === 'swap'
        ? rehearseSwap(admin, request, call, scratch)
        : rehearseInPlace(admin, request, call, scratch))
    } finally {
      await dropCopy(request.portal.adminUrl, scratch)
    }
  })
}

/** On a clone of the safety copy, which is the portal as it is now. */
async function rehearseInPlace(
  admin: pg.Client,
  request: RestoreRequest,
  call: Call,
  scratch: string,
): Promise<Outcome<Rehearsed>> {
  const { portal, snapshot, safety, limits } = request
  const marker: Marker = {
    restoreDesk: 1,
    purpose: 'clone',
    state: 'making',
    portalId: portal.id,
    snapshotId: safety.id,
    completedAt: null,
    contents: null,
    captured: null,
  }
  await dropCopy(portal.adminUrl, scratch)
  await alone(portal.adminUrl, safety.databaseName, (closed) =>
    createCopy(closed, { name: scratch, template: safety.databaseName, marker }, call.signal, portal.adminUrl),
  )
  await carryDatabaseSettings(admin, portal.databaseName, scratch)
  await call.observe('rehearse.cloned')
  // Rows of the portal too: what a killed worker leaves of them goes when the run's own journal goes.
  const journalDirectory = join(request.journalDirectory, 'rehearsal')
  await rm(journalDirectory, { recursive: true, force: true })
  await mkdir(journalDirectory, { recursive: true, mode: 0o700 })
  try {
    await call.observe('rehearse.apply')
    const outcome = await withCopy(portal.adminUrl, snapshot.databaseName, () =>
      withCopy(portal.adminUrl, scratch, () =>
        withSides(portal.adminUrl, [{ databaseName: scratch }, { databaseName: snapshot.databaseName }], (live, stored) =>
          applyForRehearsal(request, {
            live,
            snapshot: stored,
            journalDirectory,
            lockTimeoutMs: limits.lockWaitMs,
            maxLockMs: limits.lockHeldMs,
            signal: call.signal,
            onTransaction: async () => undefined,
            mayCommit: async () => true,
          }),
        ),
      ),
    )
    if (outcome.outcome === 'refused') return { ok: false, refusal: outcome.refusal }
    if (outcome.outcome === 'nothing_to_do') return { ok: true, writePauseMs: 0, offlineMs: 0, rowsMoved: 0, notes: [] }
    const rowsMoved = outcome.counts.tables.reduce((sum, { deleted, inserted }) => sum + deleted + inserted, 0)
    return { ok: true, writePauseMs: Math.round(outcome.writePauseMs), offlineMs: 0, rowsMoved, notes: [] }
  } finally {
    await rm(journalDirectory, { recursive: true, force: true })
  }
}

/** Everything of a swap but the bar and the renames. */
async function rehearseSwap(admin: pg.Client, order: RestoreRequest, call: Call, scratch: string): Promise<Outcome<Rehearsed>> {
  const request = { ...order, journalDirectory: join(order.journalDirectory, 'rehearsal') }
  const refusal = await findSwapRefusal(admin, request)
  if (refusal) return { ok: false, refusal }
  const clone = await prepareClone(admin, request, { ...call, observe: async () => undefined }, scratch)
  if (!clone.ok) return clone
  const { carrier } = clone.clone
  try {
    await call.observe('rehearse.cloned')
    const again = await carrier.carry()
    if (!again.ok) return again
    return { ok: true, writePauseMs: 0, offlineMs: Math.ceil(expectedOfflineMs + again.tookMs), rowsMoved: 0, notes: [] }
  } finally {
    await carrier.close()
    await rm(request.journalDirectory, { recursive: true, force: true })
  }
}

/** Two renames and the end of the sessions, whatever the size: see the measured figures in bench/. What is protected is looked through besides. */
export const expectedOfflineMs = 150
