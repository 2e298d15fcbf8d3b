import { ask } from './ask.ts'
import { RemoteProblem } from './problem.ts'
import { capabilitiesAnswer } from './protocol.ts'
import { type FindRemote, limitsOf, type Remote } from './remote.ts'

export type Offers = { name: string; can: ReadonlySet<string> }

const FRESH_MS = 60_000

/** What each remote said last that it can do, by its address; and who is being asked right now. */
const said = new Map<string, { can: ReadonlySet<string>; at: number }>()
const asked = new Set<string>()

/** Asks the remote what it can do, and remembers the answer. Throws a `RemoteProblem`. */
export async function readOffers(remote: Remote, signal?: AbortSignal): Promise<Offers> {
  const { value } = await ask(remote, { method: 'GET', path: '/capabilities' }, capabilitiesAnswer, signal)
  const can = new Set(value.can)
  said.set(remote.url, { can, at: performance.now() })
  return { name: value.name, can }
}

/**
 * The same on the side of other work, once and without a word where it fails: that work meets the same remote. Awaited before what the caller does next hangs on
 * what the remote can do.
 */
export async function noteOffers(remote: Remote, signal?: AbortSignal): Promise<void> {
  try {
    await readOffers({ ...remote, limits: { ...limitsOf(remote), reachMs: 0 } }, signal)
  } catch (cause) {
    if (!(cause instanceof RemoteProblem)) throw cause
  }
}

/**
 * False for what the remote said it cannot do. One that was not asked yet, or could not be, counts as able: then whoever asks it for that is told, and no
 * restore goes on without what its people were to get. What is not known, or was said a minute ago, is asked for meanwhile.
 */
export function mayOffer(find: FindRemote, ability: string): boolean {
  const remote = find()
  if (remote === null) return true
  const { url } = remote
  const known = said.get(url)
  if (!asked.has(url) && (known === undefined || performance.now() - known.at > FRESH_MS)) {
    asked.add(url)
    void noteOffers(remote).finally(() => asked.delete(url))
  }
  return known?.can.has(ability) ?? true
}
