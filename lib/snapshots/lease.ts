import { sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db, Tx } from '#db/client.ts'
import { scoped } from '#db/scope.ts'
import { log } from '#lib/runtime/log.ts'

export type LeasePurpose = 'capture' | 'restore' | 'undo' | 'prune' | 'verify' | 'release'

/** The right to touch one portal's data. `token` only ever rises: whoever holds an older one can do nothing more (I15). */
export type Lease = { portalId: string; token: number; holder: string; purpose: LeasePurpose }

/** How long a lease lives without a heartbeat, and how often it is renewed. */
export type LeaseTimes = { expiryMs: number; heartbeatMs: number }
export const usualLeaseTimes: LeaseTimes = { expiryMs: 30_000, heartbeatMs: 5_000 }

export type LeaseRequest = { portalId: string; holder: string; purpose: LeasePurpose; expiryMs?: number }
export type Acquired =
  | { ok: true; lease: Lease; takenOverFrom: { holder: string; purpose: LeasePurpose } | null }
  | { ok: false; heldBy: string; purpose: LeasePurpose; until: Date }

/** Thrown where a worker that lost its lease tries to write: its work belongs to another now. */
export class LeaseLost extends Error {
  override name = 'LeaseLost'
}

const purpose = z.enum(['capture', 'restore', 'undo', 'prune', 'verify', 'release'])
const leaseRow = z.object({
  holder: z.string().nullable(),
  purpose: purpose.nullable(),
  expires_at: z.coerce.date().nullable(),
  live: z.boolean(),
})
const runRow = z.object({ id: z.string(), kind: z.enum(['restore', 'undo']), until: z.coerce.date() })
const tokenRow = z.object({ token: z.coerce.number() })

/**
 * Takes the portal's lease if nobody holds it, or if its holder let it expire by the database's clock (I13).
 * The row is locked first, so of two workers one gets it. A holder that asks again after its expiry gets a new token: its own past is fenced off too.
 */
export async function acquireLease(db: Db, request: LeaseRequest): Promise<Acquired> {
  return scoped(db, 'system', async (tx) => {
    await tx.execute(sql`insert into portal_leases (portal_id) values (${request.portalId}) on conflict do nothing`)
    const [before] = z.array(leaseRow).parse(
      await tx.execute(sql`
        select holder, purpose, expires_at, coalesce(expires_at > clock_timestamp(), false) as live
          from portal_leases where portal_id = ${request.portalId} for update`),
    )
    if (!before) throw new Error(`portal ${request.portalId} has no lease row`)
    const run = await runThatComesFirst(tx, request)
    if (run) return { ok: false, ...run }
    const owned = before.holder === null || before.purpose === null ? null : { holder: before.holder, purpose: before.purpose }
    if (before.live && owned && before.expires_at) {
      return { ok: false, heldBy: owned.holder, purpose: owned.purpose, until: before.expires_at }
    }
    const [taken] = z.array(tokenRow).parse(
      await tx.execute(sql`
        update portal_leases set token = token + 1, holder = ${request.holder}, purpose = ${request.purpose},
               acquired_at = clock_timestamp(),
               expires_at = clock_timestamp() + ${milliseconds(request.expiryMs ?? usualLeaseTimes.expiryMs)}
         where portal_id = ${request.portalId} returning token`),
    )
    if (!taken) throw new Error(`the lease row of portal ${request.portalId} vanished`)
    const { portalId, holder } = request
    return { ok: true, lease: { portalId, token: taken.token, holder, purpose: request.purpose }, takenOverFrom: owned }
  })
}

/** S42: between the workers of one run nobody else gets in: what a killed one left (a bar, a kept database) is the next one's to judge. */
async function runThatComesFirst(tx: Tx, request: LeaseRequest) {
  if (request.purpose === 'restore' || request.purpose === 'undo') return null
  const [run] = z.array(runRow).parse(
    await tx.execute(sql`
      select id, kind, clock_timestamp() + interval '30 seconds' as until from runs
       where portal_id = ${request.portalId} and state = 'running'`),
  )
  return run ? { heldBy: `run ${run.id}`, purpose: run.kind, until: run.until } : null
}

/** Renews; false when the lease is lost, for good: an expired lease is never revived, even if nobody took it. */
export async function renewLease(db: Db, lease: Lease, expiryMs = usualLeaseTimes.expiryMs): Promise<boolean> {
  return scoped(db, 'system', async (tx) => {
    const rows = await tx.execute(sql`
      update portal_leases set expires_at = clock_timestamp() + ${milliseconds(expiryMs)}
       where portal_id = ${lease.portalId} and token = ${lease.token} and expires_at > clock_timestamp() returning token`)
    return rows.length === 1
  })
}

/** Lets go. Releasing a lease that another holds by now does nothing. */
export async function releaseLease(db: Db, lease: Lease): Promise<void> {
  await scoped(db, 'system', (tx) =>
    tx.execute(sql`
      update portal_leases set holder = null, purpose = null, expires_at = null
       where portal_id = ${lease.portalId} and token = ${lease.token}`),
  )
}

/**
 * First statement of every transaction that keeps books about a portal's data: locks the lease, so that nobody takes over before
 * the commit, and throws `LeaseLost` when it is not ours any more or has expired by the database's clock.
 */
async function guard(tx: Tx, lease: Lease): Promise<void> {
  const rows = await tx.execute(sql`
    select from portal_leases where portal_id = ${lease.portalId} and token = ${lease.token} and expires_at > clock_timestamp() for update`)
  if (rows.length !== 1) throw new LeaseLost(`${lease.holder} lost portal ${lease.portalId} (token ${lease.token})`)
}

/** Opens a transaction of the system's whose first statement is the guard. */
export async function guarded<T>(db: Db, lease: Lease, work: (tx: Tx) => Promise<T>): Promise<T> {
  return scoped(db, 'system', async (tx) => {
    await guard(tx, lease)
    return work(tx)
  })
}

/**
 * Does `work` under a lease that is kept alive meanwhile, and releases it afterwards. `signal` aborts with `LeaseLost` as soon as a
 * heartbeat fails or none has succeeded for as long as the lease lives. Refused (as a value) while another holds it.
 */
export async function withLease<T>(
  db: Db,
  request: Omit<LeaseRequest, 'expiryMs'>,
  times: LeaseTimes,
  work: (lease: Lease, signal: AbortSignal) => Promise<T>,
): Promise<{ ok: true; value: T } | Extract<Acquired, { ok: false }>> {
  const acquired = await acquireLease(db, { ...request, expiryMs: times.expiryMs })
  if (!acquired.ok) return acquired
  const lost = new AbortController()
  const stop = keepAlive(db, acquired.lease, times, () => lost.abort(new LeaseLost(`${request.holder} lost ${request.portalId}`)))
  try {
    return { ok: true, value: await work(acquired.lease, lost.signal) }
  } finally {
    await stop()
    // A failed release must not hide what the work returned or threw; the lease then ends by its expiry.
    await releaseLease(db, acquired.lease).catch((cause: unknown) => {
      log('worker').warn({ err: cause, portalId: request.portalId, holder: request.holder }, 'lease not released')
    })
  }
}

/** Beats until stopped. A failed renewal is tried again at the next beat: only time, or a no, loses the lease. */
function keepAlive(db: Db, lease: Lease, times: LeaseTimes, onLost: () => void): () => Promise<void> {
  let renewedAt = performance.now()
  let beating: Promise<void> | null = null
  const beat = async () => {
    const began = performance.now()
    try {
      if (await renewLease(db, lease, times.expiryMs)) renewedAt = began
      else onLost()
    } catch (cause) {
      // The database did not answer; whether that loses the lease is a matter of time, judged at the next beat.
      log('worker').warn({ err: cause, portalId: lease.portalId, holder: lease.holder }, 'lease not renewed')
    }
  }
  const timer = setInterval(() => {
    if (performance.now() - renewedAt > times.expiryMs) return onLost()
    beating ??= beat().finally(() => {
      beating = null
    })
  }, times.heartbeatMs)
  return async () => {
    clearInterval(timer)
    await beating
  }
}

function milliseconds(ms: number) {
  return sql`make_interval(secs => ${ms / 1000}::float8)`
}

/** Whether a restore or an undo of the portal is at work. The lease's row is locked until the transaction ends: none begins meanwhile. */
export async function isBeingRestored(tx: Tx, portalId: string): Promise<boolean> {
  await tx.execute(sql`insert into portal_leases (portal_id) values (${portalId}) on conflict do nothing`)
  const held = await tx.execute(sql`
    select coalesce(purpose in ('restore', 'undo') and expires_at > clock_timestamp(), false) as held
      from portal_leases where portal_id = ${portalId} for update`)
  return z
    .array(z.object({ held: z.boolean() }))
    .parse(held)
    .some((lease) => lease.held)
}
