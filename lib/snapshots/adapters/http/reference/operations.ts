import { abortReason } from '#lib/difference/interrupt.ts'
import { type Call, type Facts, type Outcome, restoreTraceSchema } from '../../../port.ts'
import type { Step } from '../protocol.ts'
import { type Kept, Store } from './store.ts'

/** What an operation does, in the port's terms. */
export type Work = (call: Call) => Promise<Outcome<{ result: unknown }>>

/** Of one that broke off: the outcome it would have, unless it turns out to have been committed. */
export type Settle = (kept: Kept, outcome: 'failed' | 'cancelled', error: string) => Promise<Kept>

/** Steps at which an operation waits until the desk has passed them: the desk has work of its own there, or writes down where the restore stands. */
const waitsAt: ReadonlySet<string> = new Set(['restore.begin', 'restore.lock', 'restore.locked', 'commit'])

type Live = {
  kept: Kept
  steps: Step[]
  stop: AbortController
  /** Resolved and made anew whenever there is news. */
  news: PromiseWithResolvers<void>
  passed: Map<number, PromiseWithResolvers<boolean>>
  patience: NodeJS.Timeout
  ended: Promise<void>
}

/** Runs operations, lets them be watched and steered, keeps what they were and what became of them. */
export class Operations {
  readonly #store: Store
  readonly #patienceMs: number
  readonly #settle: Settle
  readonly #live = new Map<string, Live>()

  /** `settle` learns what became of one that broke off. `patienceMs`: an operation that nobody asks about for so long gives up, so that a desk that died leaves nothing locked. */
  constructor(store: Store, settle: Settle, patienceMs: number) {
    this.#store = store
    this.#settle = settle
    this.#patienceMs = patienceMs
  }

  /** The operation of this key, begun now or long ago; `other_question` when the key was given for something else. */
  async begin(
    key: string,
    { kind, portalId, asked }: Pick<Kept, 'kind' | 'portalId' | 'asked'>,
    work: Work,
  ): Promise<{ id: string; fresh: boolean } | 'other_question'> {
    const id = Store.idOf(key)
    const stored = await this.#store.read(id)
    // Looked at last and with nothing awaited before it is entered, so that fifty at once are one.
    const known = this.#live.get(id)?.kept ?? stored
    if (known) return known.asked === asked && known.kind === kind ? { id, fresh: false } : 'other_question'
    const kept: Kept = { id, kind, portalId, asked, trace: null, outcome: null }
    const live = this.#enter(kept)
    try {
      await this.#store.keep(kept)
    } catch (cause) {
      this.#forget(live)
      throw cause
    }
    live.ended = this.#run(live, work)
    return { id, fresh: true }
  }

  /** Its steps after the nth and how it ended; waits for news up to `waitMs`. Null for an id that was never given. */
  async look(id: string, after: number, waitMs: number) {
    const live = this.#live.get(id)
    if (!live) {
      const kept = await this.#store.read(id)
      return kept && shown(kept, [])
    }
    live.patience.refresh()
    const fresh = () => live.steps.filter(({ n }) => n > after)
    if (fresh().length === 0 && live.kept.outcome === null) await atMost(live.news.promise, waitMs)
    live.patience.refresh()
    return shown(live.kept, fresh().slice(0, 1_000))
  }

  pass(id: string, step: number, commit: boolean): void {
    const live = this.#live.get(id)
    live?.patience.refresh()
    live?.passed.get(step)?.resolve(commit)
  }

  cancel(id: string): void {
    this.#live.get(id)?.stop.abort(new Error('cancelled'))
  }

  /** Ends whatever works on the portal and waits until it is over. */
  async endAll(portalId: string | null, but?: string): Promise<void> {
    const ending = [...this.#live.values()].filter(
      ({ kept }) => (portalId === null || kept.portalId === portalId) && kept.id !== but,
    )
    for (const { stop } of ending) stop.abort(new Error('another took over'))
    await Promise.all(ending.map(({ ended }) => ended))
  }

  #enter(kept: Kept): Live {
    const stop = new AbortController()
    const live: Live = {
      kept,
      steps: [],
      stop,
      news: Promise.withResolvers(),
      passed: new Map(),
      patience: setTimeout(() => stop.abort(new Error('nobody asks about it any more')), this.#patienceMs),
      ended: Promise.resolve(),
    }
    this.#live.set(kept.id, live)
    return live
  }

  async #run(live: Live, work: Work): Promise<void> {
    const ended = await this.#outcomeOf(live, work(this.#callOf(live)))
    // Told only once it is kept: what was said once is said for ever.
    await this.#store.keep(ended)
    live.kept = ended
    live.news.resolve()
    clearTimeout(live.patience)
    // Whoever follows it reads its last steps; after that its outcome is in the store.
    setTimeout(() => this.#forget(live), this.#patienceMs).unref()
  }

  async #outcomeOf(live: Live, work: ReturnType<Work>): Promise<Kept> {
    try {
      const outcome = await work
      if (outcome.ok) return { ...live.kept, outcome: 'done', result: outcome.result }
      return { ...live.kept, outcome: 'refused', refusal: { code: outcome.refusal.code, facts: { ...outcome.refusal.facts } } }
    } catch (cause) {
      const outcome = live.stop.signal.aborted ? 'cancelled' : 'failed'
      return this.#settle(live.kept, outcome, cause instanceof Error ? cause.message : String(cause))
    }
  }

  #forget({ kept, patience }: Live): void {
    clearTimeout(patience)
    this.#live.delete(kept.id)
  }

  #callOf(live: Live): Call {
    const { signal } = live.stop
    let allowed: Promise<boolean> | null = null
    return {
      idempotencyKey: live.kept.id,
      signal,
      observe: async (boundary, detail) => {
        if (boundary === 'restore.begin') await this.#keepTrace(live, detail)
        await this.#tell(live, boundary, detail)
      },
      mayCommit: async () => {
        allowed ??= this.#tell(live, 'commit')
        return allowed
      },
    }
  }

  async #keepTrace(live: Live, detail: Facts | undefined): Promise<void> {
    live.kept = { ...live.kept, trace: { ...restoreTraceSchema.parse({ way: 'in_place', ...detail }) } }
    await this.#store.keep(live.kept)
  }

  /** Adds a step, and waits at it where it is one to be passed. False when the desk said no, or nobody is there to say anything. */
  async #tell(live: Live, boundary: string, detail?: Facts): Promise<boolean> {
    const { signal } = live.stop
    // What is committed goes on to its end, whoever would stop it (S60).
    if (!live.steps.some((step) => step.boundary === 'restore.committed')) signal.throwIfAborted()
    const n = live.steps.length + 1
    const waits = waitsAt.has(boundary)
    const passed = Promise.withResolvers<boolean>()
    if (waits) live.passed.set(n, passed)
    live.steps.push({ n, boundary, waits, ...(detail === undefined ? {} : { detail: { ...plain(detail) } }) })
    live.news.resolve()
    live.news = Promise.withResolvers()
    if (!waits) return true
    const stopped = () => passed.reject(abortReason(signal))
    signal.addEventListener('abort', stopped, { once: true })
    try {
      return await passed.promise
    } finally {
      signal.removeEventListener('abort', stopped)
    }
  }
}

function shown({ id, outcome, result, refusal, error }: Kept, steps: Step[]) {
  return { id, steps, outcome, ...(outcome === null ? {} : { result, refusal, error }) }
}

const plain = (facts: Facts) =>
  Object.fromEntries(Object.entries(facts).map(([name, fact]) => [name, isList(fact) ? [...fact] : fact] as const))
const isList = (fact: Facts[string]): fact is readonly string[] => Array.isArray(fact)

async function atMost(news: Promise<void>, waitMs: number): Promise<void> {
  const over = Promise.withResolvers<void>()
  const timer = setTimeout(over.resolve, waitMs)
  await Promise.race([news, over.promise])
  clearTimeout(timer)
}
