import { mkdir, rm } from 'node:fs/promises'
import type { Captured, Outcome, PortalRef, RestoreTrace, SnapshotAdapter } from '../../../port.ts'
import type { Asked, SentPortal } from '../protocol.ts'
import type { KeepsMoments } from './moments/moments.ts'
import type { Work } from './operations.ts'
import type { Spool } from './spool.ts'
import type { Store } from './store.ts'

/** What a vendor's own system puts here: each operation of the protocol, done by whatever keeps the backups. The reference puts an adapter of the desk's. */
export class Performer {
  readonly #adapter: SnapshotAdapter
  readonly #adminUrl: string
  readonly #store: Store
  readonly #spool: Spool
  readonly #moments: KeepsMoments | null

  /** `moments`: what goes back to any instant, where something does. */
  constructor(
    adapter: SnapshotAdapter,
    adminUrl: string,
    { store, spool, moments }: { store: Store; spool: Spool; moments: KeepsMoments | null },
  ) {
    this.#adapter = adapter
    this.#adminUrl = adminUrl
    this.#store = store
    this.#spool = spool
    this.#moments = moments
  }

  /** The desk names the portal; how its server is reached is known here alone. */
  portal({ protection, ...portal }: SentPortal): PortalRef {
    return { ...portal, adminUrl: this.#adminUrl, ...(protection ? { protection } : {}) }
  }

  capture({ portal, at, ...request }: Asked<'capture'>): Work {
    return async (call) => {
      const asked = { ...request, portal: this.portal(portal) }
      if (at === undefined) {
        await this.#moments?.note(asked.portal)
        return this.#captured(await this.#adapter.capture(asked, call))
      }
      if (this.#moments === null) throw new Error('no moments are kept here')
      return this.#captured(await this.#moments.capture({ ...asked, at }, call), at)
    }
  }

  async #captured(captured: Outcome<Captured>, at?: string): Promise<Outcome<{ result: unknown }>> {
    if (!captured.ok) return captured
    const { ok: _, baseline: __, ...result } = captured
    await this.#store.keepManifest(captured.snapshot.databaseName, captured.manifest)
    return { ok: true, result: { ...result, ...(at === undefined ? {} : { at }) } }
  }

  /** From which instant to which a capture may be asked `at`, and why none may. */
  async moments(portal: SentPortal) {
    return (await this.#moments?.range(this.portal(portal))) ?? { moments: null, because: 'no moments are kept here' }
  }

  comparison({ portal, against, columns, ...request }: Asked<'comparison'>): Work {
    return async ({ signal }) => {
      const asked = { ...request, portal: this.portal(portal), ...(against ? { against } : {}) }
      const compared = await this.#adapter.compare({ ...asked, columns: columns.map(named) }, signal)
      return { ok: true, result: { ...compared, wiped: Buffer.from(compared.wiped).toString('base64') } }
    }
  }

  restore({ kind, portal, journal, giveBackFrom, ...request }: Asked<'restore'>): Work {
    return async (call) => {
      const journalDirectory = this.#store.journal(journal)
      await rm(journalDirectory, { recursive: true, force: true })
      await mkdir(journalDirectory, { recursive: true, mode: 0o700 })
      const asked = {
        ...request,
        portal: this.portal(portal),
        journalDirectory,
        giveBackFrom: giveBackFrom === null ? null : this.#store.journal(giveBackFrom),
      }
      return asResult(await this.#adapter[kind === 'rehearsal' ? 'rehearse' : kind](asked, call))
    }
  }

  extract({ portal, withheld, source, what }: Asked<'extract'>): Work {
    return async ({ signal, idempotencyKey: id }) => {
      const result = await this.#adapter.extract(
        { portal: { ...this.portal(portal), withheld }, source, what },
        async (tables, withheldTables) => ({ tables: await this.#spool.keep(id, tables, signal), withheldTables }),
        signal,
      )
      return { ok: true, result }
    }
  }

  measurement({ portal, snapshot }: Asked<'measurement'>): Work {
    return async ({ signal }) => ({ ok: true, result: await this.#adapter.describe(this.portal(portal), snapshot, signal) })
  }

  recovery({ portal, keep, busy }: Asked<'recovery'>, endOthers: () => Promise<void>): Work {
    return async () => {
      await endOthers()
      return { ok: true, result: await this.#adapter.recover({ portal: this.portal(portal), keep, busy }) }
    }
  }

  async list(portal: SentPortal) {
    return this.#adapter.list(this.portal(portal))
  }

  async prune(portal: SentPortal, databaseName: string): Promise<void> {
    await this.#adapter.prune(this.portal(portal), { id: databaseName, databaseName })
  }

  async whatBecame(trace: RestoreTrace) {
    const portal = { id: '', databaseName: '', scopePatterns: { schemas: [], tables: [] } }
    return this.#adapter.whatBecame(this.portal(portal), trace)
  }
}

function asResult(outcome: Outcome<object>): Outcome<{ result: unknown }> {
  if (!outcome.ok) return outcome
  const { ok: _, ...result } = outcome
  return { ok: true, result }
}

/** Columns without those that are not named. */
function named({ schema, table, whoColumn, whenColumn, titleColumn, moneyColumn }: Asked<'comparison'>['columns'][number]) {
  return {
    schema,
    table,
    ...(whoColumn === undefined ? {} : { whoColumn }),
    ...(whenColumn === undefined ? {} : { whenColumn }),
    ...(titleColumn === undefined ? {} : { titleColumn }),
    ...(moneyColumn === undefined ? {} : { moneyColumn }),
  }
}
