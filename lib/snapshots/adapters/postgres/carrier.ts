import { findUncarriableErased } from '#lib/difference/carry-erased.ts'
import { type Carried, type CarriedProtected, carryProtected, carrySequencesForward } from '#lib/difference/carry-protected.ts'
import { readCatalogue, tableOids } from '#lib/difference/catalogue.ts'
import { findUncarriable, patternOf } from '#lib/difference/kept.ts'
import { shown } from '#lib/difference/names.ts'
import { isNothing, nothingProtected } from '#lib/difference/protection.ts'
import { RefusalError, refuse } from '#lib/difference/refusal.ts'
import { closeSide, one, openSide, type Side } from '#lib/difference/side.ts'
import type { AdapterRefusal, Call, Outcome, Restored, RestoreRequest } from '../../port.ts'
import { applicationName, urlOf } from './connect.ts'
import { edgePolicies } from './sides.ts'

/**
 * Carries what must not go back from the live portal into the copy that is to take its name: protected data (S63–S69), and how far numbers were given (S70).
 * Its two sessions are opened beforehand, since nobody gets in under the bar, and are to be gone before the rename.
 */
export type Carrier = {
  /** Of our sessions, in the copy and in the portal. */
  pids: readonly [copy: number, live: number]
  /** Protected tables of live, by oid: what is written there meanwhile is not lost. */
  untouched: ReadonlySet<number>
  carry(): Promise<Outcome<{ edges: Restored['edges']; tookMs: number }>>
  close(): Promise<void>
}

/** Beside the portal; the copy is open to our role alone. Refuses what could not be carried, by table. */
export async function openCarrier(request: RestoreRequest, copyName: string, call: Call): Promise<Outcome<{ carrier: Carrier }>> {
  const { portal } = request
  const protection = portal.protection ?? nothingProtected
  const open = (databaseName: string, replica: boolean) =>
    openSide({ connectionString: urlOf(portal.adminUrl, databaseName), applicationName, replica })
  const copy = await open(copyName, !isNothing(protection))
  let live: Side | undefined
  const close = async () => {
    await Promise.all([copy, ...(live ? [live] : [])].map((side) => closeSide(side)))
  }
  try {
    live = await open(portal.databaseName, false)
    const refusal = await findCarryRefusal(live, copy, portal.protection)
    if (refusal) {
      await close()
      return { ok: false, refusal }
    }
    const carrier: Carrier = {
      pids: [copy.backendPid, live.backendPid],
      untouched: await readUntouched(live, protection.tables),
      carry: carryBetween(request, copy, live, call),
      close,
    }
    return { ok: true, carrier }
  } catch (error) {
    await close()
    throw error
  }
}

/** What is protected and kept otherwise in the snapshot than in live cannot take live's place: said before anybody consents. */
export async function findCarryRefusal(
  live: Side,
  stored: Side,
  protection: RestoreRequest['portal']['protection'],
): Promise<AdapterRefusal | null> {
  const kept = protection ?? nothingProtected
  const moved = [...(await findUncarriable(live, stored, kept)), ...(await findUncarriableErased(live, stored, kept))]
  return moved.length === 0 ? null : { code: 'swap_loses_protected', facts: { tables: moved.map(shown) } }
}

/** How long a swap would keep the portal offline for what has come to protected data meanwhile: each of its rows is looked at once, by its age and key. */
export async function estimateCarryMs(live: Side, protection: RestoreRequest['portal']['protection']): Promise<number> {
  if (!protection || isNothing(protection)) return 0
  const tables = [...protection.tables, ...protection.columns.map(({ table }) => table)]
  const oids = tableOids(await readCatalogue(live, { kind: 'tables', patterns: tables.map(patternOf) }))
  const { rows } = await one<{ rows: number }>(
    live,
    'SELECT coalesce(sum(greatest(reltuples, 0)), 0)::float8 AS rows FROM pg_class WHERE oid = ANY ($1::oid[])',
    [oids],
  )
  return Math.ceil(carryAtLeastMs + rows / rowsLookedAtPerMs)
}

const carryAtLeastMs = 100
const rowsLookedAtPerMs = 1_000

async function readUntouched(live: Side, tables: readonly { schema: string; name: string }[]): Promise<Set<number>> {
  if (tables.length === 0) return new Set()
  return new Set(tableOids(await readCatalogue(live, { kind: 'tables', patterns: tables.map(patternOf) })))
}

/** Each call carries what has come since the one before, and tells the references that all of them settled. */
function carryBetween(request: RestoreRequest, copy: Side, live: Side, call: Call): Carrier['carry'] {
  const settled = new Map<string, Restored['edges'][number]>()
  let since: Carried | undefined
  return async () => {
    const began = performance.now()
    const watchdog = new AbortController()
    const { lockHeldMs } = request.limits
    const timer = setTimeout(() => watchdog.abort(refuse('lock_held_too_long', { maxLockMs: lockHeldMs })), lockHeldMs)
    try {
      const signal = AbortSignal.any([call.signal, watchdog.signal])
      const done = await carryOnce(request, copy, live, { signal, since })
      since = done?.carried
      await carrySequencesForward(copy, live)
      for (const edge of edgesOf(done?.references ?? []))
        settled.set(edge.constraint, { ...edge, rows: edge.rows + (settled.get(edge.constraint)?.rows ?? 0) })
      return { ok: true, edges: [...settled.values()], tookMs: performance.now() - began }
    } catch (error) {
      if (error instanceof RefusalError) return { ok: false, refusal: error.refusal }
      throw error
    } finally {
      clearTimeout(timer)
    }
  }
}

async function carryOnce(
  request: RestoreRequest,
  copy: Side,
  live: Side,
  how: { signal: AbortSignal; since: Carried | undefined },
): Promise<CarriedProtected | null> {
  const { portal, edgeHandling, journalDirectory, giveBackFrom } = request
  const protection = portal.protection ?? nothingProtected
  if (isNothing(protection)) return null
  return carryProtected({
    copy,
    live,
    protection,
    edges: edgePolicies(edgeHandling),
    journalDirectory,
    ...how,
    ...(giveBackFrom === null ? {} : { giveBackFrom }),
  })
}

function edgesOf(references: CarriedProtected['references']): Restored['edges'] {
  return references.map(({ edge, rows, became }) => ({ constraint: edge, rows, handling: became === 'nulled' ? 'null' : 'keep' }))
}
