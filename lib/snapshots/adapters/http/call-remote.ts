import { createHash } from 'node:crypto'
import type { z } from 'zod'
import type { Call, Outcome } from '../../port.ts'
import { type Ended, follow, type Started, type Steering, start } from './follow.ts'
import { RemoteProblem } from './problem.ts'
import type { FindRemote, Remote } from './remote.ts'

/** The remote of this process. Throws what is told as a refusal. */
export function foundRemote(find: FindRemote): Remote {
  const remote = find()
  if (!remote) throw new RemoteProblem('HTTP_ADAPTER_URL and HTTP_ADAPTER_SECRET are not set')
  return remote
}

/** A remote's no, or an answer that cannot be used, as a value: for calls that answer with an outcome. Those that answer with data throw it (`AdapterRefused`). */
export async function asOutcome<T>(work: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof RemoteProblem) return { ok: false, refusal: cause.refusal }
    throw cause
  }
}

/** An operation that nobody steers, from its start to its result: comparisons, measurements, recoveries. */
export async function runQuiet<S extends z.ZodType>(
  remote: Remote,
  path: string,
  body: unknown,
  shape: S,
  signal: AbortSignal = new AbortController().signal,
): Promise<z.output<S>> {
  const started = await start(remote, path, body, crypto.randomUUID(), signal)
  const ended = await follow(remote, started, { signal, observe: async () => undefined, mayCommit: async () => true })
  return resultOf(ended, shape)
}

/** One that a call of the port steers. */
export async function runSteered(
  remote: Remote,
  path: string,
  body: unknown,
  call: Call,
  rest: Partial<Steering> & { onStart?: (started: Started) => void } = {},
): Promise<{ started: Started; ended: Ended }> {
  const { onStart, ...change } = rest
  const started = await start(remote, path, body, call.idempotencyKey, call.signal)
  onStart?.(started)
  const { signal, observe, mayCommit } = call
  return { started, ended: await follow(remote, started, { signal, observe, mayCommit, ...change }) }
}

/** What a finished operation came to, in the shape asked for. Throws its no, and what went wrong with it. */
export function resultOf<S extends z.ZodType>({ operation }: Ended, shape: S): z.output<S> {
  const { outcome, refusal, error, result } = operation
  if (outcome === 'refused' && refusal) throw new RemoteProblem(wordsOf(refusal.facts), refusal.code, refusal.facts)
  if (outcome !== 'done') throw new RemoteProblem(`${outcome}: ${error ?? 'it gives no reason'}`)
  const parsed = shape.safeParse(result)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new RemoteProblem(`its result has another shape: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`)
}

/** The name under which the remote keeps what belongs to a directory of the desk's: it says nothing of where that is. */
export const journalName = (directory: string) => createHash('sha256').update(directory).digest('hex').slice(0, 32)

const wordsOf = (facts: Readonly<Record<string, unknown>>) =>
  typeof facts.because === 'string' ? facts.because : Object.keys(facts).join(', ')
