import { closeSide, openSibling, rows, type Side } from './side.ts'

/** Runs `work`; when the signal fires, cancels whatever query the sides are in, and throws the signal's reason. */
export async function interruptible<T>(
  sides: readonly Side[],
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  if (signal === undefined) return work()
  signal.throwIfAborted()
  let cancelling: Promise<void> = Promise.resolve()
  const cancel = () => {
    cancelling = cancelQueries(sides)
    // Looked at when the work has ended; a cancel that could not be sent leaves the query to its own end.
    cancelling.catch(() => undefined)
  }
  signal.addEventListener('abort', cancel, { once: true })
  try {
    return await work()
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    signal.removeEventListener('abort', cancel)
    // A late cancel must not meet the next query; whether it could be sent matters no more.
    await Promise.allSettled([cancelling])
  }
}

/** Why a signal was aborted, or null: `signal.reason` itself is typed as anything at all. */
export function abortReason(signal: AbortSignal | undefined): unknown {
  try {
    signal?.throwIfAborted()
    return null
  } catch (reason) {
    return reason
  }
}

async function cancelQueries(sides: readonly Side[]): Promise<void> {
  const [first] = sides
  if (first === undefined) return
  const messenger = await openSibling(first, { replica: false })
  try {
    await rows(messenger, 'SELECT pg_cancel_backend(pid) FROM unnest($1::int[]) AS pid', [sides.map((side) => side.backendPid)])
  } finally {
    await closeSide(messenger)
  }
}
