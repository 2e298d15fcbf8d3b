import { setTimeout as pause } from 'node:timers/promises'
import type { z } from 'zod'
import { PassingProblem, RemoteProblem } from './problem.ts'
import { problemSchema } from './protocol.ts'
import { limitsOf, type Remote } from './remote.ts'
import { type Answer, type Sent, send } from './send.ts'

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 5_000
const ATTEMPTS = 8

/**
 * A question and its answer in the given shape. What broke on the way is asked again: word for word, under the same idempotency key, after longer and
 * longer pauses, within the remote's time and eight attempts. `again`: it took more than one. Throws a `RemoteProblem`.
 */
export async function ask<S extends z.ZodType>(
  remote: Remote,
  sent: Sent,
  shape: S,
  signal?: AbortSignal,
): Promise<{ value: z.output<S>; status: number; again: boolean }> {
  const deadline = performance.now() + limitsOf(remote).reachMs
  for (let attempt = 1; ; attempt += 1) {
    try {
      const answer = await send(remote, sent, signal)
      return { value: read(answer, shape), status: answer.status, again: attempt > 1 }
    } catch (cause) {
      const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS)
      const over = attempt >= ATTEMPTS || performance.now() + pauseMs > deadline
      if (!(cause instanceof PassingProblem) || over) throw cause
      await pause(pauseMs, undefined, { signal })
    }
  }
}

function read<S extends z.ZodType>({ status, json }: Answer, shape: S): z.output<S> {
  if (status >= 400) {
    const { data } = problemSchema.safeParse(json)
    if (data?.refusal) throw new RemoteProblem(data.detail ?? data.refusal.code, data.refusal.code, data.refusal.facts)
    throw new RemoteProblem(`it answered ${status}: ${data?.detail ?? data?.title ?? 'no reason given'}`)
  }
  const parsed = shape.safeParse(json)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new RemoteProblem(`its answer has another shape: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`)
}
