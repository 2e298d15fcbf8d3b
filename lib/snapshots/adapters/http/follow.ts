import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import type { AdapterRefusal, Call } from '../../port.ts'
import { ask } from './ask.ts'
import { RemoteProblem } from './problem.ts'
import { acceptedAnswer, isBoundary, type Operation, operationSchema, type Step } from './protocol.ts'
import { limitsOf, type Remote } from './remote.ts'

const LONGEST_WAIT_MS = 20_000
/** A remote that answers at once instead of waiting for news is asked no more often than this. */
const AT_LEAST_MS = 100
/** An operation that tells without end is none. */
const STEPS_AT_MOST = 200_000

/** How an operation is watched and steered; what a call of the port has, or part of it. */
export type Steering = Pick<Call, 'signal' | 'observe' | 'mayCommit'> & {
  /** Once the portal is locked all must be over within this, whatever the remote says meanwhile. */
  lockHeldMs?: number
}
export type Started = {
  id: string
  /** Whether this very call made the operation; else an earlier one with the same key did. */
  fresh: boolean
}
/** `asked`: how the question whether it may commit was answered, null when it never came. */
export type Ended = { operation: Operation & { outcome: NonNullable<Operation['outcome']> }; asked: boolean | null }

/** Asks for an operation. The same key gives the same one, however often the question had to be repeated. */
export async function start(remote: Remote, path: string, body: unknown, key: string, signal: AbortSignal): Promise<Started> {
  const sent = { method: 'POST', path, body, key } as const
  const { value, status, again } = await ask(remote, sent, acceptedAnswer, signal)
  return { id: value.operationId, fresh: status === 202 || again }
}

/**
 * Follows an operation to its end: each of its steps is observed in order, and the one at which it asks whether it may commit is answered once and
 * for all. Stopped from outside before that answer it is cancelled, and what stopped it is thrown; after it nothing can be taken back, so the end is
 * waited for and told, or said not to be known (`remote_unproved`).
 */
export async function follow(remote: Remote, { id }: Started, steering: Steering): Promise<Ended> {
  const course = new Course(remote, id, steering)
  try {
    return await course.run()
  } catch (cause) {
    if (course.asked === true) return course.settle(cause)
    await course.cancel()
    throw cause
  }
}

/** A terminal outcome stays what it is: asked once more, it must say the same. One that cannot be asked any more may have restored all the same. */
export async function mustStand(remote: Remote, { operation }: Ended): Promise<void> {
  const again = await askAgain(remote, operation)
  const told = ({ outcome, result, refusal }: Operation) => JSON.stringify([outcome, result ?? null, refusal ?? null])
  if (told(again) === told(operation)) return
  throw unproved(`it said ${operation.outcome}, and then ${again.outcome ?? 'that it is not over'}`)
}

async function askAgain(remote: Remote, { id, outcome }: Ended['operation']): Promise<Operation> {
  try {
    return await readOperation(remote, id, 0, 0)
  } catch (cause) {
    throw cause instanceof RemoteProblem ? unproved(`it said ${outcome}, and cannot be asked again: ${cause.message}`) : cause
  }
}

export const unproved = (because: string, facts: AdapterRefusal['facts'] = {}) =>
  new RemoteProblem(because, 'remote_unproved', facts)

class Course {
  asked: boolean | null = null
  #seen = 0
  #news = performance.now()
  #lockedAt: number | null = null
  readonly #remote: Remote
  readonly #id: string
  readonly #steering: Steering

  constructor(remote: Remote, id: string, steering: Steering) {
    this.#remote = remote
    this.#id = id
    this.#steering = steering
  }

  async run(): Promise<Ended> {
    const { signal } = this.#steering
    const waitMs = Math.min(LONGEST_WAIT_MS, Math.floor(limitsOf(this.#remote).answerMs / 2))
    for (;;) {
      const askedAt = performance.now()
      const operation = await readOperation(this.#remote, this.#id, this.#seen, waitMs, signal)
      const before = this.#seen
      for (const step of operation.steps) if (step.n > this.#seen) await this.#take(step)
      signal.throwIfAborted()
      const { outcome } = operation
      if (outcome !== null) return { operation: { ...operation, outcome }, asked: this.asked }
      if (this.#seen > before) this.#news = performance.now()
      else this.#mustNotStall()
      const spent = performance.now() - askedAt
      if (this.#seen === before && spent < AT_LEAST_MS) await pause(AT_LEAST_MS - spent, undefined, { signal })
    }
  }

  async #take({ n, boundary, detail, waits }: Step): Promise<void> {
    const { signal, observe, mayCommit } = this.#steering
    this.#seen = n
    if (n > STEPS_AT_MOST) throw new RemoteProblem('it passes boundaries without end')
    if (boundary === 'restore.locked') this.#lockedAt = performance.now()
    if (isBoundary(boundary)) await observe(boundary, detail)
    signal.throwIfAborted()
    if (!waits) return
    if (boundary !== 'commit') return this.#pass({ step: n })
    // Before it is sent: once it may have arrived it counts as given.
    this.asked ??= await mayCommit()
    await this.#pass({ step: n, commit: this.asked })
  }

  async #pass(body: { step: number; commit?: boolean }): Promise<void> {
    const key = `${this.#id}:pass:${body.step}`
    await ask(this.#remote, { method: 'POST', path: `/operations/${this.#id}/pass`, body, key }, z.unknown())
  }

  #mustNotStall(): void {
    const { lockHeldMs } = this.#steering
    const now = performance.now()
    const { silenceMs } = limitsOf(this.#remote)
    if (now - this.#news > silenceMs) throw new RemoteProblem(`it has said nothing new for ${silenceMs} ms`)
    if (this.#lockedAt !== null && lockHeldMs !== undefined && now - this.#lockedAt > lockHeldMs) {
      throw new RemoteProblem(`it has held the portal for ${lockHeldMs} ms`)
    }
  }

  /** After the answer was given: whatever went wrong, what became of it is asked for as long as a remote may be out of reach. */
  async settle(cause: unknown): Promise<Ended> {
    const deadline = performance.now() + limitsOf(this.#remote).reachMs
    let last = cause
    while (performance.now() < deadline) {
      try {
        const operation = await readOperation(this.#remote, this.#id, this.#seen, AT_LEAST_MS)
        const { outcome } = operation
        if (outcome !== null) return { operation: { ...operation, outcome }, asked: this.asked }
      } catch (again) {
        last = again
        if (again instanceof RemoteProblem) break
        throw again
      }
      await pause(AT_LEAST_MS)
    }
    throw unproved(`it does not say what became of it: ${last instanceof Error ? last.message : String(last)}`)
  }

  /** As far as the remote can be reached; one that cannot gives up by itself what nobody asks about any more. */
  async cancel(): Promise<void> {
    const path = `/operations/${this.#id}`
    try {
      await ask(this.#remote, { method: 'POST', path: `${path}/cancel`, body: {}, key: `${this.#id}:cancel` }, z.unknown())
      const deadline = performance.now() + limitsOf(this.#remote).answerMs
      while (performance.now() < deadline) {
        const { outcome } = await readOperation(this.#remote, this.#id, this.#seen, AT_LEAST_MS)
        if (outcome === 'done') throw unproved('it was cancelled before it might commit, and says that it is done')
        if (outcome !== null) return
        await pause(AT_LEAST_MS)
      }
    } catch (cause) {
      if (!(cause instanceof RemoteProblem) || cause.refusal.code === 'remote_unproved') throw cause
    }
  }
}

export async function readOperation(
  remote: Remote,
  id: string,
  after: number,
  waitMs: number,
  signal?: AbortSignal,
): Promise<Operation> {
  const path = `/operations/${id}?after=${after}&waitMs=${waitMs}`
  const { value } = await ask(remote, { method: 'GET', path }, operationSchema, signal)
  if (value.id !== id) throw new RemoteProblem(`asked about ${id}, it tells of ${value.id}`)
  return value
}
